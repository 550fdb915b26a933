import { instantiate, webAssembly } from '../wasm/web-assembly.js'
import { maxColumns } from './error-bound.js'
import { quantiseRowBytes } from './generated/quantise-row-bytes.js'
import { notFinite } from './quantise-vector.js'
import { type QuantisedRows, rowWidth } from './quantised-rows.js'

/**
 * Puts the int8 copy of a vector in the place of a row. Every implementation writes the same, bit for bit. A vector in
 * the memory of the rows may be another multiple of itself afterwards.
 * @throws {RangeError} for a value that is not finite, a vector of another length, a row outside of the memory.
 */
export type RowQuantiser = (row: number, vector: Float32Array) => void

type QuantiseExport = (vector: number, width: number, row: number) => number

/** Bytes that a quantiser works in besides the rows. */
export function quantiserAreaBytes(columns: number): number {
  return rowWidth(columns) * 4
}

/**
 * The fastest way for this process to fill rows: WebAssembly with SIMD, else `QuantisedRows.write`.
 * @param area address of {@link quantiserAreaBytes} bytes in the memory of the rows, a multiple of 4. They belong to
 * the quantiser.
 */
export function loadRowQuantiser(rows: QuantisedRows, area: number, engine = webAssembly): RowQuantiser {
  const { memory, columns, width } = rows
  if (columns > maxColumns) throw new RangeError(`${columns} columns are more than ${maxColumns}`)
  const exports = instantiate(quantiseRowBytes, memory, engine)
  if (exports === undefined) return (row, vector) => rows.write(row, vector)
  const quantise = exports.quantise as QuantiseExport
  const padded = new Float32Array(memory.buffer, area, width).fill(0)
  return (row, vector) => {
    if (vector.length !== columns) {
      throw new RangeError(`a vector of ${vector.length} values is none of ${columns}`)
    }
    const address = rows.addressOf(row)
    const isReachable = vector.buffer === padded.buffer && columns === width
    if (!isReachable) padded.set(vector)
    const { byteOffset } = isReachable ? vector : padded
    if (quantise(byteOffset, width, address) !== 0) throw new RangeError(notFinite)
  }
}
