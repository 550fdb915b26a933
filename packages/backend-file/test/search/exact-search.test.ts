import { describe, expect, it } from 'vitest'
import { queryLimit, rowLimit } from '../../src/search/error-bound.js'
import { segmentsOf } from '../../src/search/row-segments.js'
import { selectCandidates } from '../../src/search/select-candidates.js'
import { seed } from '../simulated-disk/seed.js'
import { cosine, vectorRandom } from './random-vectors.js'
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

/**
 * A query all of whose columns but one are too small for its integers, so that two rows look as if only that one
 * counted: what is left out speaks against the first row and for the last, which is better. Their own integers leave
 * nothing out. The rows between fill the first batches, after which the kernel has a threshold.
 */
function liftedByQuery(columns: number) {
  const small = 0.45 / queryLimit
  const query = new Float32Array(columns).fill(small)
  query[0] = 1
  const filled = (first: number, others: number) => {
    const vector = new Float32Array(columns).fill(others)
    vector[0] = first
    return vector
  }
  // The first looks better by one and a half times the error of the query, which is the length of what is left out.
  const first = filled(Math.round(1.5 * rowLimit * small * (columns - 1)), -rowLimit)
  const far = filled(-1, -1)
  const vectors = [first, ...Array.from({ length: 600 }, () => far), filled(0, rowLimit)]
  return { vectors, query }
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

  it('reports to pass 1 what the error of the query alone may lift among the best', () => {
    for (const columns of [1024, 2049, 4096]) {
      const { vectors, query } = liftedByQuery(columns)
      const wanted = { limit: 1, minScore: -1, positionOf: (row: number) => row }
      const rows = [...vectors.keys()]
      const found = scanned(setUpScan(vectors, columns), query, { ...wanted, segments: segmentsOf(rows) })
      const [best] = exactBest(vectors, query, rows, wanted)
      // The control: of the copies alone the first row looks better, by more than the query's error.
      expect(best?.row).toBe(rows.length - 1)
      expect(found.candidates.rows, `${columns} columns`).toEqual([0, rows.length - 1])
    }
  })

  it('is by scores that are the cosines of float64', () => {
    for (const [family, make] of Object.entries(families)) {
      for (const columns of dimensions) {
        const { vectors, query } = make(vectorRandom(seed * 13 + columns), columns, 10)
        if (query.every((value) => value === 0)) continue
        const wanted = { limit: 10, minScore: -1, positionOf: (row: number) => row }
        for (const { row, score } of exactBest(vectors, query, [...vectors.keys()], wanted)) {
          const distance = Math.abs(score - cosine(vectors[row] ?? query, query))
          expect(distance, `${family}, ${columns} columns`).toBeLessThan(2 ** -34)
        }
      }
    }
  })

  it('would drop some with half the bound: the control of the tests above', () => {
    for (const columns of dimensions.filter((each) => each >= 31)) {
      expect(droppedByPassOne('misleading', columns, 0.5), `${columns} columns`).not.toEqual([])
    }
  })
})
