import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BestFirst } from '../../src/keyword/best-first.js'

const seed = Number(process.env.HOLDFAST_TEST_SEED ?? 20_261_126)

it(`gives matches in the order that sorting gives (seed ${seed})`, () => {
  let given = 0
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(1000), { minLength: 10, maxLength: 60 }),
      fc.array(fc.nat(6), { minLength: 60, maxLength: 60 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }),
      (positions, scores, counts) => {
        const expected = positions
          .map((position, node) => ({ position, score: scores[node] ?? 0 }))
          .filter(({ score }) => score > 0)
          .sort((a, b) => b.score - a.score || a.position - b.position)
        const ranking = new BestFirst(positions, Float64Array.from(scores.slice(0, positions.length)))
        for (const count of counts) {
          const next = ranking.next(count)
          expect(next).toEqual(expected.splice(0, count))
          given += next.length
        }
      },
    ),
    { seed, numRuns: 300 },
  )
  expect(given).toBeGreaterThan(200)
})
