import { crc32 } from 'node:zlib'
import type { CacheSource } from '../cache/cache-source.js'
import type { StoredFile } from '../disk/stored-file.js'
import { rowStride } from './quantised-rows.js'
import { countBits } from './row-ranks.js'

/** What a file of copies says of itself. */
export interface CopiesTable {
  readonly columns: number
  /** A bit for each row of the matrix: whether there is a copy of it. */
  readonly present: Uint8Array
  /** CRC-32 of each {@link copiesPerBlock} copies that are there. */
  readonly checksums: Uint32Array
  /** Where the first copy lies. */
  readonly start: number
}

const magic = Buffer.from('HFCOPIES')
const formatVersion = 1
const headLength = 56
const isSettledFlag = 1

/** Copies that are read and checked together. */
export const copiesPerBlock = 64

/**
 * `.holdfast/cache/nodes.copies` and `episodes.copies`: int8 copies of the rows of a matrix, so that they need not be
 * made again. Little-endian, but for the copies themselves, which are in the byte order of the processor.
 *
 * | bytes             | what                                                                                  |
 * | ----------------- | ------------------------------------------------------------------------------------- |
 * | 8                 | `HFCOPIES`                                                                            |
 * | 4                 | version of the format, 1                                                              |
 * | 4                 | 1 in the byte order of the processor                                                  |
 * | 4                 | flags: 1 the source is settled                                                        |
 * | 4                 | columns of a vector                                                                   |
 * | 8                 | bytes of the source, float64                                                          |
 * | 8                 | its CRC-32, float64, NaN when it is not known                                         |
 * | 4, 4, 4           | bytes of: its version, the table of rows, the table of checksums                      |
 * | 4                 | CRC-32 of what is before and of the three parts that follow                           |
 * |                   | the source's version, UTF-8                                                           |
 * |                   | table of rows: a bit for each, set when there is a copy, lowest first                 |
 * |                   | table of checksums: CRC-32 of each 64 copies                                          |
 * |                   | the copies, in the order of the rows: see `QuantisedRows`                             |
 */
export function formatCopiesHead(
  source: CacheSource,
  { columns, present, checksums }: Omit<CopiesTable, 'start'>,
): Uint8Array {
  const version = Buffer.from(source.version)
  const sums = Buffer.alloc(checksums.length * 4)
  for (const [at, sum] of checksums.entries()) sums.writeUInt32LE(sum, at * 4)
  const head = Buffer.alloc(headLength)
  magic.copy(head)
  head.writeUInt32LE(formatVersion, 8)
  head.set(byteOrder(), 12)
  head.writeUInt32LE(source.isSettled ? isSettledFlag : 0, 16)
  head.writeUInt32LE(columns, 20)
  head.writeDoubleLE(source.size, 24)
  head.writeDoubleLE(source.crc32 ?? Number.NaN, 32)
  head.writeUInt32LE(version.length, 40)
  head.writeUInt32LE(present.length, 44)
  head.writeUInt32LE(sums.length, 48)
  const parts = [head.subarray(0, headLength - 4), version, present, sums]
  head.writeUInt32LE(
    parts.reduce((sum, part) => crc32(part, sum), 0),
    headLength - 4,
  )
  return Buffer.concat([head, version, present, sums])
}

/**
 * Reads what {@link formatCopiesHead} wrote.
 * @param accepts whether the copies are of the matrix that is there.
 * @returns `undefined` when that is not so, and for anything else than what was written.
 * @throws {MemoryError} when the file cannot be read.
 */
export async function readCopiesHead(
  file: StoredFile,
  columns: number,
  accepts: (source: CacheSource) => boolean,
): Promise<CopiesTable | undefined> {
  if (file.size < headLength) return undefined
  const head = Buffer.alloc(headLength)
  await file.readInto(head, 0)
  if (!head.subarray(0, 8).equals(magic) || head.readUInt32LE(8) !== formatVersion) return undefined
  if (!head.subarray(12, 16).equals(byteOrder()) || head.readUInt32LE(20) !== columns) return undefined
  const lengths = [40, 44, 48].map((at) => head.readUInt32LE(at))
  const [versionLength = 0, presentLength = 0, sumsLength = 0] = lengths
  const start = lengths.reduce((sum, length) => sum + length, headLength)
  // Nothing is allocated for what the file does not have.
  if (file.size < start) return undefined
  const rest = Buffer.alloc(start - headLength)
  await file.readInto(rest, headLength)
  if (crc32(rest, crc32(head.subarray(0, headLength - 4))) !== head.readUInt32LE(headLength - 4))
    return undefined
  const sum = head.readDoubleLE(32)
  const source = {
    size: head.readDoubleLE(24),
    crc32: Number.isNaN(sum) ? null : sum,
    version: rest.toString('utf8', 0, versionLength),
    isSettled: (head.readUInt32LE(16) & isSettledFlag) !== 0,
  }
  if (!accepts(source)) return undefined
  const present = rest.subarray(versionLength, versionLength + presentLength)
  const sums = rest.subarray(versionLength + presentLength)
  const checksums = Uint32Array.from({ length: sumsLength / 4 }, (_, at) => sums.readUInt32LE(at * 4))
  const count = countBits(present)
  const isWhole = file.size === start + count * rowStride(columns)
  return isWhole && checksums.length === Math.ceil(count / copiesPerBlock)
    ? { columns, present, checksums, start }
    : undefined
}

function byteOrder(): Uint8Array {
  return new Uint8Array(Uint32Array.of(1).buffer)
}
