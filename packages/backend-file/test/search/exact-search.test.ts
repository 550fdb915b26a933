import { describe, expect, it } from 'vitest'
import { segmentsOf } from '../../src/search/row-segments.js'
import { selectCandidates } from '../../src/search/select-candidates.js'
import { seed } from '../simulated-disk/seed.js'
import { vectorRandom } from './random-vectors.js'
import { exactBest, quantised, readFrom, scanned, setUpScan } from './scan-setup.js'
import { families } from './vector-families.js'

const dimensions = [1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100, 127, 255, 384, 1000, 1024, 2049, 4096]

/** One search of a family, its random choices taken from the seed and the columns. */
function sampleOf(family: string, columns: number) {
  const random = vectorRandom(seed * 7919 + columns)
  const count = 20 + random.below(columns > 512 ? 60 : 500)
  const { vectors, query } = families[family]?.(random, columns, count) ?? { vectors: [], query: undefined }
  if (query === undefined) throw new Error(`there is no family ${family}`)
  if (query.every((value) => value === 0)) query[0] = 1e-45
  const positions = random.permutation(count)
  const rows = Array.from({ length: count }, (_, row) => row)
  return {
    vectors,
    query,
    // A third of the searches has a filter.
    rows: random.below(3) === 0 ? rows.filter(() => random.below(4) > 0) : rows,
    limit: family === 'misleading' ? 1 : 1 + random.below(random.below(2) === 0 ? 12 : 200),
    minScore: random.below(3) === 0 ? random.below(100) / 100 : -1,
    positionOf: (row: number) => positions[row] ?? 0,
  }
}

/** Rows that are among the exact best and that pass 1 has dropped. */
function droppedByPassOne(family: string, columns: number, errorFactor: number): readonly number[] {
  const { vectors, query, rows, ...wanted } = sampleOf(family, columns)
  const all = family === 'misleading' ? vectors.map((_, row) => row) : rows
  const found = scanned(setUpScan(vectors, columns, errorFactor), query, {
    ...wanted,
    minScore: -1,
    segments: segmentsOf(all),
  })
  const kept = new Set(found.candidates.rows)
  const best = exactBest(vectors, query, all, { ...wanted, minScore: -1 })
  return best.map(({ row }) => row).filter((row) => !kept.has(row))
}

describe(`exact search over int8 copies (seed ${seed})`, () => {
  for (const family of Object.keys(families)) {
    it(`gives what a full sort of all scores gives: ${family}`, async () => {
      for (const columns of dimensions) {
        const { vectors, query, rows, ...wanted } = sampleOf(family, columns)
        const outcome = await selectCandidates(
          {
            ...setUpScan(vectors, columns),
            segments: segmentsOf(rows),
            query: quantised(query),
            rescoring: { query, ...wanted, readVectors: readFrom(vectors) },
          },
          undefined,
        )
        expect(outcome.best, `${columns} columns`).toEqual(exactBest(vectors, query, rows, wanted))
        const withDirection = rows.filter((row) => vectors[row]?.some((value) => value !== 0))
        expect(outcome.scanned).toBe(withDirection.length)
        expect(outcome.rescored).toBeGreaterThanOrEqual(outcome.best.length)
      }
    })
  }

  it('drops none of the best in pass 1', () => {
    for (const family of Object.keys(families)) {
      for (const columns of dimensions) {
        expect(droppedByPassOne(family, columns, 1), `${family}, ${columns} columns`).toEqual([])
      }
    }
  })

  it('would drop some with half the bound: the control of the test above', () => {
    for (const columns of dimensions.filter((each) => each >= 31)) {
      expect(droppedByPassOne('misleading', columns, 0.5), `${columns} columns`).not.toEqual([])
    }
  })
})
