import { MemoryError } from '@holdfast/core'

/** What the head of a `.npy` file says about a matrix of little-endian float32 in row order. */
export interface NpyHeader {
  readonly rows: number
  readonly columns: number
  /** Of the first row in the file. */
  readonly dataOffset: number
}

/** Bytes that always suffice to parse a header we accept. */
export const maxNpyHeader = 12 + 10_000

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
const alignment = 64
const growthDigits = 21

/**
 * Parses the head of a `.npy` file, format version 1.0, 2.0 or 3.0.
 * Source of the format: NumPy, `numpy/lib/format.py`.
 * @param start the first bytes of the file, at most {@link maxNpyHeader}.
 * @throws {MemoryError} `CORRUPT` for anything but a two-dimensional `<f4` array in C order.
 */
export function parseNpyHeader(start: Uint8Array, name: string): NpyHeader {
  const damaged = (what: string) => new MemoryError('CORRUPT', `${name} ${what}`)
  if (magic.some((byte, index) => start[index] !== byte)) throw damaged('is not a .npy file (byte 0)')
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  const major = start[6]
  const wide = major === 2 || major === 3
  if ((major !== 1 && !wide) || start[7] !== 0) {
    throw damaged(`has the unknown .npy version ${major}.${start[7]} (byte 6)`)
  }
  const textStart = wide ? 12 : 10
  if (start.length < textStart) throw damaged(`is cut off in its header (byte ${start.length})`)
  const textLength = wide ? view.getUint32(8, true) : view.getUint16(8, true)
  if (textLength > 10_000)
    throw damaged(`has a header of ${textLength} bytes, more than NumPy reads (byte 8)`)
  const dataOffset = textStart + textLength
  if (start.length < dataOffset) throw damaged(`is cut off in its header (byte ${start.length})`)
  const text = Buffer.from(start.buffer, start.byteOffset + textStart, textLength).toString('latin1')
  const fields = parseHeaderDict(text)
  if (fields === undefined) throw damaged(`has a header that cannot be read (byte ${textStart})`)
  const { descr, fortranOrder, shape } = fields
  if (descr !== '<f4') throw damaged(`holds ${descr} values, expected <f4 (byte ${textStart})`)
  if (fortranOrder) throw damaged(`is stored in Fortran order, expected C order (byte ${textStart})`)
  const [rows, columns, ...more] = shape
  if (rows === undefined || columns === undefined || more.length > 0) {
    throw damaged(`has ${shape.length} dimensions, expected 2 (byte ${textStart})`)
  }
  if (!Number.isSafeInteger(rows * columns * 4 + dataOffset)) {
    throw damaged(`has an impossible shape (${rows}, ${columns}) (byte ${textStart})`)
  }
  return { rows, columns, dataOffset }
}

/** The head that `numpy.save` writes, byte for byte; the data follows it directly. */
export function formatNpyHeader(rows: number, columns: number): Uint8Array {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`
  // NumPy leaves room for the number of rows to grow, then pads to the next multiple of 64.
  const text = dict + ' '.repeat(growthDigits - String(rows).length)
  const padding = alignment - ((10 + text.length + 1) % alignment)
  const header = Buffer.from(`\x93NUMPY\x01\x00..${text}${' '.repeat(padding)}\n`, 'latin1')
  header.writeUInt16LE(header.length - 10, 8)
  return header
}

interface HeaderDict {
  readonly descr: string
  readonly fortranOrder: boolean
  readonly shape: readonly number[]
}

/** The three entries of the dict literal, in any order, and nothing else. */
function parseHeaderDict(text: string): HeaderDict | undefined {
  const body = /^\{(.*?),?\s*\}\s*$/s.exec(text)?.[1]
  if (body === undefined) return undefined
  const entry =
    /\s*'(?:(descr)':\s*'([^']*)'|(fortran_order)':\s*(True|False)|(shape)':\s*\(([\dL,\s]*)\))\s*(?:,|$)/y
  const found: { descr?: string; fortranOrder?: boolean; shape?: readonly number[] } = {}
  let count = 0
  while (entry.lastIndex < body.length) {
    const match = entry.exec(body)
    if (match === null) return undefined
    count += 1
    if (match[1] !== undefined && match[2] !== undefined) found.descr = match[2]
    else if (match[3] !== undefined) found.fortranOrder = match[4] === 'True'
    else {
      const shape = parseShape(match[6] ?? '')
      if (shape === undefined) return undefined
      found.shape = shape
    }
  }
  const { descr, fortranOrder, shape } = found
  if (count !== 3 || descr === undefined || fortranOrder === undefined || shape === undefined)
    return undefined
  return { descr, fortranOrder, shape }
}

/** Python 2 wrote a long as `10L`. */
function parseShape(text: string): readonly number[] | undefined {
  const items = text.split(',').map((item) => item.trim())
  if (items.at(-1) === '') items.pop()
  if (items.some((item) => !/^\d{1,15}L?$/.test(item))) return undefined
  return items.map((item) => Number.parseInt(item, 10))
}
