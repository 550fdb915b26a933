import { describe, expect, it } from 'vitest'
import { maxColumns } from '../../src/search/error-bound.js'
import { quantiseRowBytes } from '../../src/search/generated/quantise-row-bytes.js'
import { loadRowQuantiser, quantiserAreaBytes } from '../../src/search/load-row-quantiser.js'
import { QuantisedRows, rowStride } from '../../src/search/quantised-rows.js'
import { instantiate, type WebAssemblyPart, webAssembly } from '../../src/wasm/web-assembly.js'
import { seed } from '../simulated-disk/seed.js'
import { vectorRandom } from './random-vectors.js'
import { sharedMemory, withoutSimd } from './scan-setup.js'
import { families } from './vector-families.js'

/** Both implementations over rows of their own, filled with bytes that must go. */
function setUp(columns: number, count: number) {
  const start = Math.ceil(quantiserAreaBytes(columns) / 8) * 8
  const size = count * rowStride(columns)
  const implementation = (engine: WebAssemblyPart | undefined) => {
    // Behind the rows there is room for a vector.
    const memory = sharedMemory(start + size + columns * 4)
    new Uint8Array(memory.buffer, start, size).fill(0x55)
    const rows = new QuantisedRows(memory, start, columns)
    return {
      rows,
      memory,
      write: loadRowQuantiser(rows, 0, engine),
      bytes: () => Buffer.from(new Uint8Array(memory.buffer, start, size)),
    }
  }
  return { vector: implementation(webAssembly), plain: implementation(withoutSimd()) }
}

describe(`row quantisers (seed ${seed})`, () => {
  it('write the same, bit for bit', () => {
    // Else plain loops would be compared with themselves.
    expect(instantiate(quantiseRowBytes, sharedMemory(1), webAssembly)).toBeDefined()
    expect(instantiate(quantiseRowBytes, sharedMemory(1), withoutSimd())).toBeUndefined()
    for (const [family, make] of Object.entries(families)) {
      for (const columns of [1, 2, 3, 4, 5, 15, 16, 17, 100, 384, 1000, 1024, 4096, 16_000, maxColumns]) {
        const { vectors } = make(vectorRandom(seed + columns), columns, columns > 4096 ? 3 : 25)
        const { vector, plain } = setUp(columns, vectors.length)
        for (const [row, each] of vectors.entries()) {
          vector.write(row, each)
          plain.write(row, each)
        }
        expect(vector.bytes().equals(plain.bytes()), `${family}, ${columns} columns`).toBe(true)
        for (const [row, each] of vectors.entries()) {
          const hasDirection = each.some((value) => value !== 0)
          expect(vector.rows.scale(row) > 0).toBe(hasDirection)
          expect(vector.rows.error(row) >= 0).toBe(hasDirection)
        }
      }
    }
  })

  it('write the same of a vector that lies in the memory of the rows', () => {
    for (const [family, make] of Object.entries(families)) {
      for (const columns of [16, 17, 1000, 1024]) {
        const { vectors } = make(vectorRandom(seed + columns), columns, 10)
        const { vector, plain } = setUp(columns, vectors.length)
        const at = Math.ceil(quantiserAreaBytes(columns) / 8) * 8 + vectors.length * rowStride(columns)
        for (const { memory, write } of [vector, plain]) {
          const place = new Float32Array(memory.buffer, at, columns)
          for (const [row, each] of vectors.entries()) {
            place.set(each)
            write(row, place)
          }
        }
        expect(vector.bytes().equals(plain.bytes()), `${family}, ${columns} columns`).toBe(true)
        const { plain: apart } = setUp(columns, vectors.length)
        for (const [row, each] of vectors.entries()) apart.write(row, each)
        expect(vector.bytes().equals(apart.bytes()), `${family}, ${columns} columns`).toBe(true)
      }
    }
  })

  it('write nothing that is not asked for', () => {
    const { vector, plain } = setUp(21, 3)
    const each = vectorRandom(seed).vector(21)
    for (const { write, bytes } of [vector, plain]) {
      write(1, each)
      const written = bytes()
      const untouched = Buffer.alloc(rowStride(21), 0x55)
      expect(written.subarray(0, rowStride(21)).equals(untouched)).toBe(true)
      expect(written.subarray(2 * rowStride(21)).equals(untouched)).toBe(true)
      expect([...written.subarray(rowStride(21) + 21, rowStride(21) + 32)]).toEqual(Array(11).fill(0))
    }
  })

  it('refuse what is not finite, another length, and a row outside of the memory', () => {
    const { vector, plain } = setUp(8, 1)
    for (const { write } of [vector, plain]) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        expect(() => write(0, new Float32Array(8).fill(1).fill(value, 5, 6))).toThrow('not finite')
      }
      expect(() => write(0, new Float32Array(7))).toThrow('7 values')
      expect(() => write(65_536, new Float32Array(8))).toThrow('outside')
      expect(() => write(-1, new Float32Array(8))).toThrow('outside')
    }
    const rows = new QuantisedRows(sharedMemory(1), 8, maxColumns + 1)
    expect(() => loadRowQuantiser(rows, 0)).toThrow(RangeError)
    expect(() => new QuantisedRows(sharedMemory(1), 4, 8)).toThrow(RangeError)
    expect(() => new QuantisedRows(sharedMemory(1), 8, 0)).toThrow(RangeError)
  })
})
