import { MemoryError } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { KthLargest } from '../../src/search/kth-largest.js'
import { mergeCandidates } from '../../src/search/merge-candidates.js'
import { QuantisedRows, rowStride } from '../../src/search/quantised-rows.js'
import { countRows, SegmentReader, segmentsOf } from '../../src/search/row-segments.js'
import { scanAreaBytes } from '../../src/search/scan-candidates.js'
import { plainScanKernel } from '../../src/search/scan-rows.js'
import { selectCandidates } from '../../src/search/select-candidates.js'
import { StaleRowError } from '../../src/search/stale-row-error.js'
import { seed } from '../simulated-disk/seed.js'
import { sum, vectorRandom } from './random-vectors.js'
import { exactBest, quantised, readFrom, scanned, setUpScan, sharedMemory } from './scan-setup.js'

const columns = 48

/** A search for the best `limit` of all `vectors`, in the order of their rows. */
function searchFor(vectors: readonly Float32Array[], query: Float32Array, limit: number) {
  const asked: number[][] = []
  const rescoring = {
    query,
    limit,
    minScore: -1,
    positionOf: (row: number) => row,
    readVectors: readFrom(vectors, asked),
  }
  const segments = Int32Array.of(0, vectors.length)
  return { asked, search: { ...setUpScan(vectors, columns), segments, query: quantised(query), rescoring } }
}

describe(`candidates (seed ${seed})`, () => {
  it('are few when the rows are many', async () => {
    const random = vectorRandom(seed)
    const vectors = Array.from({ length: 20_000 }, () => random.vector(columns))
    const query = random.vector(columns)
    const { search, asked } = searchFor(vectors, query, 10)
    const { best, scanned, rescored } = await selectCandidates(search, undefined)
    const rows = vectors.map((_, row) => row)
    expect(best).toEqual(exactBest(vectors, query, rows, { ...search.rescoring, limit: 10 }))
    expect(scanned).toBe(20_000)
    expect(rescored).toBe(asked.flat().length)
    expect(rescored).toBeLessThan(200)
    for (const each of asked) expect(each).toEqual([...each].sort((a, b) => a - b))
    expect(new Set(asked.flat()).size).toBe(rescored)
  })

  it('are the same whether one scan finds them or several that are put together', () => {
    const random = vectorRandom(seed + 1)
    const vectors = Array.from({ length: 3000 }, () => random.vector(columns))
    const query = random.vector(columns)
    const setup = setUpScan(vectors, columns)
    const wanted = { limit: 12, minScore: 0.1 }
    const whole = scanned(setup, query, { ...wanted, segments: Int32Array.of(0, 3000) })
    const parts = [0, 1000, 2000].map(
      (from) => scanned(setup, query, { ...wanted, segments: Int32Array.of(from, from + 1000) }).candidates,
    )
    expect(whole.candidates.rows.length).toBeGreaterThan(wanted.limit)
    expect(mergeCandidates(parts, wanted)).toEqual(whole.candidates)
  })

  it('leave out rows of zeros, and rows below the least score', async () => {
    const random = vectorRandom(seed + 2)
    const query = random.vector(columns)
    const far = sum(random.vector(columns), -9, query)
    const near = sum(random.vector(columns), 9, query)
    const { search } = searchFor([new Float32Array(columns), near, far, new Float32Array(columns)], query, 9)
    const all = await selectCandidates(search, undefined)
    expect(all.best.map(({ row }) => row)).toEqual([1, 2])
    expect(all).toMatchObject({ scanned: 2, rescored: 2 })
    const some = await selectCandidates(
      { ...search, rescoring: { ...search.rescoring, minScore: 0.5 } },
      undefined,
    )
    expect(some.best.map(({ row }) => row)).toEqual([1])
    expect(some).toMatchObject({ scanned: 2, rescored: 1 })
  })

  it('are none without rows or without a limit', async () => {
    const { search } = searchFor([vectorRandom(seed).vector(columns)], vectorRandom(seed).vector(columns), 1)
    const none = { best: [], scanned: 0, rescored: 0 }
    expect(await selectCandidates({ ...search, segments: new Int32Array(0) }, undefined)).toEqual(none)
    const rescoring = { ...search.rescoring, limit: 0 }
    expect(await selectCandidates({ ...search, rescoring }, undefined)).toEqual(none)
    expect((await selectCandidates(search, undefined)).best).toEqual([{ row: 0, score: 1 }])
  })

  it('are found in memory that has grown, and without WebAssembly', async () => {
    const random = vectorRandom(seed + 3)
    const vectors = Array.from({ length: 4000 }, () => random.vector(columns))
    const query = random.vector(columns)
    const start = Math.ceil(scanAreaBytes(columns) / 8) * 8
    const memory = sharedMemory(start)
    const rows = new QuantisedRows(memory, start, columns)
    expect(() => rows.write(vectors.length, query)).toThrow(RangeError)
    memory.grow(Math.ceil((vectors.length * rowStride(columns)) / 65_536))
    for (const [row, vector] of vectors.entries()) rows.write(row, vector)
    const { search } = searchFor(vectors, query, 7)
    const expected = await selectCandidates(search, undefined)
    const grown = { ...search, rows, kernel: plainScanKernel(memory) }
    expect(await selectCandidates(grown, undefined)).toEqual(expected)
  })

  it('give the event loop its turn and can be aborted', async () => {
    const random = vectorRandom(seed + 4)
    const vectors = Array.from({ length: 20_000 }, () => random.vector(columns))
    const { search, asked } = searchFor(vectors, random.vector(columns), 3)
    let turns = 0
    let isSearching = true
    const turn = () => {
      turns += 1
      if (isSearching) setImmediate(turn)
    }
    setImmediate(turn)
    await selectCandidates(search, undefined)
    isSearching = false
    // After 256 + 512 + ... + 8192 rows, and at the end.
    expect(turns).toBeGreaterThanOrEqual(2)
    expect(asked.length).toBeGreaterThan(0)
    asked.length = 0
    const controller = new AbortController()
    const aborted = selectCandidates(search, controller.signal)
    setImmediate(() => controller.abort(new Error('enough')))
    await expect(aborted).rejects.toThrow('enough')
    expect(asked).toEqual([])
    await expect(selectCandidates(search, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
  })

  it('are refused when the copies are not those of the vectors', async () => {
    const random = vectorRandom(seed + 5)
    const vectors = Array.from({ length: 50 }, () => random.vector(columns))
    const { search } = searchFor(vectors, vectors[7] ?? new Float32Array(columns), 1)
    const swapped = vectors.map((vector, row) => (row === 7 ? random.vector(columns) : vector))
    const rescoring = { ...search.rescoring, readVectors: readFrom(swapped) }
    await expect(selectCandidates({ ...search, rescoring }, undefined)).rejects.toThrow(new StaleRowError(7))
    const onlyOthers = (rows: readonly number[]) => readFrom(vectors)(rows.filter((row) => row !== 7))
    for (const readVectors of [onlyOthers, () => readFrom(vectors)([]), () => readFrom(vectors)([8])]) {
      const incomplete = { ...search, rescoring: { ...search.rescoring, readVectors } }
      await expect(selectCandidates(incomplete, undefined)).rejects.toThrow(StaleRowError)
    }
    const broken = vectors.map((vector, row) => (row === 7 ? vector.map(() => Number.NaN) : vector))
    const damaged = { ...search.rescoring, readVectors: readFrom(broken) }
    const error = await selectCandidates({ ...search, rescoring: damaged }, undefined).catch(
      (each: unknown) => each,
    )
    expect(error).toBeInstanceOf(MemoryError)
    expect(error).toMatchObject({ code: 'CORRUPT' })
  })
})

describe(`parts of the scan (seed ${seed})`, () => {
  it('KthLargest is what a sort puts at that place', () => {
    const random = vectorRandom(seed + 6)
    for (const k of [1, 2, 3, 8, 31]) {
      const kth = new KthLargest(k)
      const seen: number[] = []
      for (let count = 0; count < 200; count++) {
        const value = random.below(50) - 25
        kth.offer(value)
        seen.push(value)
        const expected = [...seen].sort((a, b) => b - a)[k - 1] ?? Number.NEGATIVE_INFINITY
        expect(kth.value).toBe(expected)
      }
    }
    expect(() => new KthLargest(0)).toThrow(RangeError)
  })

  it('segments hold the rows in their order, whatever they are read by', () => {
    const random = vectorRandom(seed + 7)
    for (let turn = 0; turn < 50; turn++) {
      const rows = Array.from({ length: 300 }, (_, row) => row).filter(
        () => random.below(1 + (turn % 9)) === 0,
      )
      const segments = segmentsOf(rows)
      expect(countRows(segments)).toBe(rows.length)
      const size = 1 + random.below(70)
      const pairs = new Int32Array(size * 2)
      const reader = new SegmentReader(segments)
      const read: number[] = []
      while (!reader.isAtEnd) {
        const before = read.length
        const count = reader.read(pairs, size)
        for (let at = 0; at < count * 2; at += 2) {
          for (let row = pairs[at] ?? 0; row < (pairs[at + 1] ?? 0); row++) read.push(row)
        }
        expect(read.length - before).toBe(Math.min(size, rows.length - before))
      }
      expect(read).toEqual(rows)
    }
    expect([...segmentsOf([3, 4, 5, 9])]).toEqual([3, 6, 9, 10])
    expect(() => segmentsOf([1, 1])).toThrow(RangeError)
  })
})
