import { describe, expect, it } from 'vitest'
import { segmentsOf } from '../../../src/search/row-segments.js'
import { scanAlone } from '../../../src/search/scan-alone.js'
import { scanTogether } from '../../../src/search/scan-together.js'
import { selectCandidates } from '../../../src/search/select-candidates.js'
import { seed } from '../../simulated-disk/seed.js'
import { vectorRandom } from '../random-vectors.js'
import { exactBest, readFrom } from '../scan-setup.js'
import { families } from '../vector-families.js'
import { scanOf, setUpPool, testPool, wrongThread } from './pool-setup.js'

/** Enough rows for several chunks. */
const dimensions = [1, 3, 16, 33, 100, 257]

function sampleOf(family: string, columns: number) {
  const random = vectorRandom(seed * 6007 + columns)
  const count = 1200 + random.below(1200)
  const { vectors, query } = families[family]?.(random, columns, count) ?? { vectors: [], query: undefined }
  if (query === undefined) throw new Error(`there is no family ${family}`)
  if (query.every((value) => value === 0)) query[0] = 1e-45
  const positions = random.permutation(count)
  const every = 1 + random.below(4)
  const rows = Array.from(vectors.keys()).filter(() => every === 1 || random.below(every) > 0)
  return {
    vectors,
    query,
    rows,
    limit: 1 + random.below(random.below(2) === 0 ? 12 : 400),
    minScore: random.below(3) === 0 ? random.below(100) / 100 : -1,
    positionOf: (row: number) => positions[row] ?? 0,
  }
}

describe(`a scan by several threads (seed ${seed})`, () => {
  for (const family of Object.keys(families)) {
    it(`leaves what one thread leaves, and finds what a full sort finds: ${family}`, async () => {
      const pool = testPool()
      for (const columns of dimensions) {
        const { vectors, query, rows, ...wanted } = sampleOf(family, columns)
        const setup = setUpPool(pool, vectors, columns)
        const scan = scanOf(setup, query, segmentsOf(rows))
        const rescoring = { query, ...wanted, readVectors: readFrom(vectors) }
        const search = { ...scan, rescoring, help: setup.help, areas: setup.areas }
        const outcome = await selectCandidates({ ...search, kernel: setup.patient(2) }, undefined)
        expect(outcome.best, `${columns} columns`).toEqual(exactBest(vectors, query, rows, wanted))
        const alone = await scanAlone(scan, wanted, undefined)
        expect(outcome.scanned).toBe(alone.compared)
        const { kernel, ...rest } = scan
        const together = await scanTogether(
          { ...rest, kernel: setup.patient(2) },
          setup.help,
          wanted,
          undefined,
        )
        expect(together, `${columns} columns`).toEqual(alone)
      }
    })
  }

  it('is right for many at the same time, over two memories', async () => {
    const pool = testPool()
    const random = vectorRandom(seed)
    const columns = 24
    const many = (count: number) => Array.from({ length: count }, () => random.vector(columns))
    const searches = [many(3000), many(2000)].flatMap((vectors) =>
      many(4).map((query) => ({ vectors, query, setup: setUpPool(pool, vectors, columns) })),
    )
    const wanted = { limit: 20, minScore: -1 }
    const found = await Promise.all(
      searches.map(({ vectors, query, setup }) =>
        scanTogether(
          { ...scanOf(setup, query, segmentsOf(vectors.keys())), kernel: setup.patient(1) },
          setup.help,
          wanted,
          undefined,
        ),
      ),
    )
    for (const [at, { vectors, query, setup }] of searches.entries()) {
      const alone = await scanAlone(scanOf(setup, query, segmentsOf(vectors.keys())), wanted, undefined)
      expect(found[at]).toEqual(alone)
    }
    expect(pool.memoryCount).toBe(searches.length)
  })

  it('sees rows for which the memory has grown', async () => {
    const pool = testPool({ threads: 1 })
    const random = vectorRandom(seed)
    const columns = 1000
    const vectors = Array.from({ length: 600 }, () => random.vector(columns))
    const setup = setUpPool(pool, vectors, columns)
    const wanted = { limit: 5, minScore: -1 }
    const query = random.vector(columns)
    const once = async () => {
      const scan = scanOf(setup, query, segmentsOf(vectors.keys()))
      const found = await scanTogether({ ...scan, kernel: setup.patient(1) }, setup.help, wanted, undefined)
      expect(found).toEqual(await scanAlone(scan, wanted, undefined))
      return found.candidates.rows
    }
    const before = await once()
    setup.memory.grow(100)
    const added = 1500
    for (let row = vectors.length; row < added; row++) {
      // All better than the rest, and the last in what was added.
      vectors.push(query.map((value) => value + 0.01 * (added - row) * random.normal()))
      setup.rows.write(row, vectors[row] ?? query)
    }
    expect(await once()).not.toEqual(before)
    expect(pool.threadCount).toBe(1)
  })

  it('gives the event loop a turn for each of its own chunks', async () => {
    const pool = testPool({ threads: 1, file: () => wrongThread('never-begins') })
    const random = vectorRandom(seed)
    const columns = 16_384
    const vector = random.vector(columns)
    const vectors = Array.from({ length: 1300 }, () => vector)
    const setup = setUpPool(pool, vectors, columns)
    const rowsPerTurn: number[] = []
    let inThisTurn = 0
    let isOver = false
    const turn = () => {
      rowsPerTurn.push(inThisTurn)
      inThisTurn = 0
      if (!isOver) setImmediate(turn)
    }
    setImmediate(turn)
    const scan = scanOf(setup, vector, segmentsOf(vectors.keys()))
    const counting = (run: Parameters<typeof scan.kernel>[0]) => {
      const pairs = new Int32Array(setup.memory.buffer, run.segments, run.segmentCount * 2)
      for (let at = 0; at < pairs.length; at += 2) inThisTurn += (pairs[at + 1] ?? 0) - (pairs[at] ?? 0)
      scan.kernel(run)
    }
    await scanTogether({ ...scan, kernel: counting }, setup.help, { limit: 1, minScore: 2 }, undefined)
    isOver = true
    rowsPerTurn.push(inThisTurn)
    expect(rowsPerTurn.reduce((sum, rows) => sum + rows)).toBe(vectors.length)
    // 8 MiB of rows take about a millisecond.
    expect(Math.max(...rowsPerTurn) * columns).toBeLessThanOrEqual(8 * 2 ** 20)
  })
})
