import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { querySumLimit } from '../../src/search/error-bound.js'
import { loadScanKernel, vectorScanKernel } from '../../src/search/load-scan-kernel.js'
import { rowStride, rowWidth } from '../../src/search/quantised-rows.js'
import type { ScanKernel, ScanRun } from '../../src/search/scan-kernel.js'
import { plainScanKernel } from '../../src/search/scan-rows.js'
import { seed } from '../simulated-disk/seed.js'
import { vectorRandom } from './random-vectors.js'
import { quantised, sharedMemory, withoutSimd } from './scan-setup.js'

const script = fileURLToPath(new URL('../../scripts/assemble-kernels.mjs', import.meta.url))

interface Sample {
  readonly query: Int16Array
  readonly rows: readonly Int8Array[]
  readonly columns: number
}

/** A memory with a sample in it, and where its parts are. */
function laidOut({ query, rows, columns }: Sample, pairs: readonly number[]) {
  const width = rowWidth(columns)
  const segments = width * 2
  const out = segments + pairs.length * 4
  const start = Math.ceil((out + 8 + rows.length * 8) / 8) * 8
  const memory = sharedMemory(start + rows.length * rowStride(columns))
  new Int16Array(memory.buffer, 0, width).set(query)
  new Int32Array(memory.buffer, segments, pairs.length).set(pairs)
  for (const [row, values] of rows.entries()) {
    const at = start + row * rowStride(columns)
    new Int8Array(memory.buffer, at, width).set(values)
    new Float32Array(memory.buffer, at + width, 2).set([1e-3 / (row + 1), (row % 5) * 1e-2])
  }
  const run: ScanRun = {
    query: 0,
    width,
    rows: start,
    segments,
    segmentCount: pairs.length / 2,
    queryScale: 1e-4,
    cut: everything,
    out,
  }
  const answerOf = (kernel: ScanKernel, changes: Partial<ScanRun> = {}) => {
    const answer = new Int32Array(memory.buffer, out, 2 + rows.length * 2)
    answer.fill(-7)
    kernel({ ...run, ...changes })
    return [...answer]
  }
  const vector = vectorScanKernel(memory)
  if (vector === undefined) throw new Error('this processor has no SIMD for WebAssembly')
  return { memory, width, start, answerOf, vector, plain: plainScanKernel(memory) }
}

/** A cut that every row with a direction reaches. */
const everything = Number.MIN_SAFE_INTEGER

const exactDot = (query: Int16Array, row: Int8Array) =>
  query.reduce((total, value, column) => total + value * (row[column] ?? 0), 0)

describe(`scan kernels (seed ${seed})`, () => {
  it('give the same answer, bit for bit', () => {
    for (const columns of [1, 2, 15, 16, 17, 31, 32, 33, 100, 384, 1000, 1024, 4096]) {
      const random = vectorRandom(seed + columns)
      const rows = Array.from({ length: 60 }, () =>
        Int8Array.from({ length: columns }, () => random.below(256) - 128),
      )
      const { integers } = quantised(random.vector(columns))
      const pairs = [0, 1, 2, 2, 3, 40, 40, 41, 50, 60]
      const { answerOf, vector, plain, memory, width, start } = laidOut(
        { query: integers, rows, columns },
        pairs,
      )
      // Rows without a direction, and one whose error is no number, are never found.
      const scaleOf = (row: number) =>
        new Float32Array(memory.buffer, start + row * rowStride(columns) + width, 2)
      scaleOf(5).set([0, Number.NEGATIVE_INFINITY])
      scaleOf(7).set([1, Number.NaN])
      const all = answerOf(plain)
      expect(all.slice(0, 2)).toEqual([47, 47])
      const numbers = Array.from({ length: 47 }, (_, at) => all[2 + at * 2])
      const inSegments = (row: number) => row === 0 || (row >= 3 && row < 41) || row >= 50
      expect(numbers).toEqual(
        rows.map((_, row) => row).filter((row) => inSegments(row) && row !== 5 && row !== 7),
      )
      for (const row of [0, 3, 59]) {
        const at = 2 + 2 * numbers.indexOf(row)
        expect(all[at + 1]).toBe(exactDot(integers, rows[row] ?? new Int8Array()))
      }
      for (const cut of [-2, -0.1, 0, 0.005, 0.0123, 0.03, 2]) {
        for (const queryScale of [1e-4, 3.3e-6, 0]) {
          expect(answerOf(vector, { cut, queryScale })).toEqual(answerOf(plain, { cut, queryScale }))
        }
      }
      expect(answerOf(vector, { segmentCount: 0 }).slice(0, 3)).toEqual([0, 0, -7])
    }
  })

  it('give the same answer for long segments, of which two halves are gone through at once', () => {
    for (const columns of [1, 16, 33, 1024]) {
      const random = vectorRandom(seed + columns)
      const rows = Array.from({ length: 700 }, () =>
        Int8Array.from({ length: columns }, () => random.below(256) - 128),
      )
      const { integers } = quantised(random.vector(columns))
      const pairs = [0, 1, 1, 128, 128, 256, 257, 386, 386, 389, 390, 695]
      const { answerOf, vector, plain } = laidOut({ query: integers, rows, columns }, pairs)
      // What stands behind the last row that was found is nobody's.
      const found = (kernel: ScanKernel, changes: Partial<ScanRun>) => {
        const answer = answerOf(kernel, changes)
        return answer.slice(0, 2 + 2 * (answer[0] ?? 0))
      }
      expect(found(vector, {})[0]).toBe(693)
      for (const cut of [everything, -0.1, 0, 0.005, 0.0123, 0.03, 2]) {
        for (const queryScale of [1e-4, 3.3e-6, 0]) {
          expect(found(vector, { cut, queryScale })).toEqual(found(plain, { cut, queryScale }))
        }
      }
    }
  })

  it('give the same answer at the end of all that addresses reach, and write nothing behind their room', () => {
    const random = vectorRandom(seed)
    const memory = sharedMemory(2 ** 32)
    const vector = vectorScanKernel(memory)
    if (vector === undefined) throw new Error('this processor has no SIMD for WebAssembly')
    for (const [columns, count] of [
      [1, 129],
      [17, 1000],
      [1024, 300],
      [4096, 131],
    ] as const) {
      const [width, stride] = [rowWidth(columns), rowStride(columns)]
      const start = 2 ** 32 - count * stride
      const { integers } = quantised(random.vector(columns))
      new Int16Array(memory.buffer, 0, width).fill(0).set(integers)
      for (let row = 0; row < count; row++) {
        const at = start + row * stride
        const values = Int8Array.from({ length: columns }, () => random.below(256) - 128)
        new Int8Array(memory.buffer, at, width).fill(0).set(values)
        new Float32Array(memory.buffer, at + width, 2).set([1e-3 / (row + 1), (row % 5) * 1e-2])
      }
      const [segments, out, room] = [width * 2, width * 2 + 8, 2 + 2 * count]
      new Int32Array(memory.buffer, segments, 2).set([0, count])
      for (const cut of [everything, 0.0123]) {
        const answers = [vector, plainScanKernel(memory)].map((kernel) => {
          const answer = new Int32Array(memory.buffer, out, room + 4).fill(-7)
          kernel({ query: 0, width, rows: start, segments, segmentCount: 1, queryScale: 1e-4, cut, out })
          expect([...answer.subarray(room)]).toEqual([-7, -7, -7, -7])
          return [...answer.subarray(0, 2 + 2 * (answer[0] ?? 0))]
        })
        expect(answers[0]).toEqual(answers[1])
        if (cut === everything) expect(answers[0]?.[0]).toBe(count)
      }
    }
  })

  it('find a row whose upper bound is the cut, and not the next above', () => {
    const sample = { query: Int16Array.of(1000), rows: [Int8Array.of(100)], columns: 1 }
    const { answerOf, vector, plain } = laidOut(sample, [0, 1])
    const upper = 1000 * 100 * (Math.fround(1e-3) * 1e-4)
    for (const kernel of [vector, plain]) {
      expect(answerOf(kernel, { cut: upper })).toEqual([1, 1, 0, 100_000])
      expect(answerOf(kernel, { cut: upper * (1 + 2 ** -52) })).toEqual([0, 1, -7, -7])
    }
  })

  it('never overflow, whatever the row, for a query within the limit', () => {
    for (const columns of [1, 16, 516, 1024, 4096, 16_000, 65_536]) {
      const flat = quantised(new Float32Array(columns).fill(1)).integers
      const mixed = quantised(Float32Array.from({ length: columns }, (_, at) => (at % 3) - 1 || 1)).integers
      for (const query of [flat, mixed]) {
        const extremes = [127, -128].flatMap((extreme) => [
          new Int8Array(columns).fill(extreme),
          Int8Array.from(query, (value) => (value < 0 ? -extreme - 1 : extreme)),
          Int8Array.from({ length: columns }, (_, at) => (at % 2 === 0 ? extreme : -extreme - 1)),
        ])
        // As many as are gone through in two halves, unless they are very long.
        const times = columns <= 1024 ? 22 : 1
        const rows = Array.from({ length: times }, () => extremes).flat()
        const { answerOf, vector, plain } = laidOut({ query, rows, columns }, [0, rows.length])
        const exact = rows.map((row) => exactDot(query, row))
        for (const kernel of [vector, plain]) {
          const answer = answerOf(kernel)
          expect(exact.map((_, row) => answer[3 + row * 2])).toEqual(exact)
        }
      }
    }
  })

  it('would overflow above the limit: the control of the test above', () => {
    const columns = 1024
    const query = new Int16Array(columns).fill(Math.ceil(querySumLimit / columns) + 1)
    const row = new Int8Array(columns).fill(-128)
    const { answerOf, vector, plain } = laidOut({ query, rows: [row], columns }, [0, 1])
    for (const kernel of [vector, plain]) {
      const [found, , , sum] = answerOf(kernel)
      expect(found).toBe(1)
      expect(sum).not.toBe(exactDot(query, row))
    }
  })

  it('are chosen by what the process can run', () => {
    const memory = sharedMemory(1)
    expect(vectorScanKernel(memory)).toBeDefined()
    expect(vectorScanKernel(memory, withoutSimd())).toBeUndefined()
    const plainMemory = { buffer: new SharedArrayBuffer(4096) }
    expect(vectorScanKernel(plainMemory)).toBeUndefined()
    loadScanKernel(plainMemory)({
      query: 0,
      width: 16,
      rows: 64,
      segments: 32,
      segmentCount: 0,
      queryScale: 1,
      cut: 0,
      out: 40,
    })
    expect([...new Int32Array(plainMemory.buffer, 40, 2)]).toEqual([0, 0])
  })

  it('are what the source assembles to', () => {
    expect(() => execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' })).not.toThrow()
  })
})
