import type { Outcome } from './call.js'
import { Ranking } from './rankings.js'

/** Largest difference between two scores that count as the same. */
const tolerance = 1e-5

/** The first place where a backend's outcome is another than the model's; `undefined` when they agree. */
export function differenceOf(expected: Outcome, actual: Outcome): string | undefined {
  return firstDifference(expected, actual, '')
}

function firstDifference(expected: unknown, actual: unknown, path: string): string | undefined {
  if (expected instanceof Ranking) return rankingDifference(expected, actual, path)
  if (typeof expected === 'number' && typeof actual === 'number') {
    return Math.abs(expected - actual) <= tolerance ? undefined : tell(expected, actual, path)
  }
  const entries = entriesOf(expected)
  const others = entriesOf(actual)
  if (entries === undefined || others === undefined) {
    return expected === actual ? undefined : tell(expected, actual, path)
  }
  const names = new Set([...entries.keys(), ...others.keys()])
  // Maps have an order, and so have lists; objects have none.
  if (expected instanceof Map && [...entries.keys()].join() !== [...others.keys()].join()) {
    return tell([...entries.keys()], [...others.keys()], path)
  }
  for (const name of names) {
    const different = firstDifference(entries.get(name), others.get(name), `${path}.${name}`)
    if (different !== undefined) return different
  }
  return undefined
}

function entriesOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [String(key), inner]))
  const plain = ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value
  return new Map(Object.entries(plain))
}

/** Scores agree at every place, and each record has its own score; only what is nearly a tie may change places. */
function rankingDifference(expected: Ranking<unknown>, actual: unknown, path: string): string | undefined {
  if (!Array.isArray(actual)) return tell('a ranking', actual, path)
  const best = expected.hits.slice(0, expected.topK)
  const scores = actual.map(({ score }) => Number(score))
  const different = firstDifference(
    best.map(({ score }) => score),
    scores,
    `${path}.scores`,
  )
  if (different !== undefined) return different
  const left = [...expected.hits]
  for (const [index, { record, score }] of actual.entries()) {
    const place = left.findIndex(
      (hit) =>
        Math.abs(hit.score - score) <= tolerance && firstDifference(hit.record, record, '') === undefined,
    )
    if (place === -1) return tell(best[index], { record, score }, `${path}.${index}`)
    // Scores that are the same to the last bit are a tie, which insertion order breaks.
    const earlier = left.slice(0, place).find((hit) => hit.score === left[place]?.score)
    if (earlier !== undefined) return tell(earlier, { record, score }, `${path}.${index} (tie)`)
    left.splice(place, 1)
  }
  return undefined
}

function tell(expected: unknown, actual: unknown, path: string): string {
  return `at ${path || 'the top'}: expected ${show(expected)}, got ${show(actual)}`
}

function show(value: unknown): string {
  return JSON.stringify(value instanceof Map ? [...value] : value) ?? String(value)
}
