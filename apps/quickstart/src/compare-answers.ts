import type { Answer, Finding } from './interview.js'

/** How far scores of two backends may be apart: they add up the same numbers in another order. */
export const scoreTolerance = 1e-5

export interface Comparison {
  readonly same: boolean
  /** The largest difference between two scores of the same memory; 0 when there is none. */
  readonly largestDifference: number
  /** Memories that only one of the two found. One whose score ties with the last of its list does not count. */
  readonly onlyOnce: number
}

/** Compares the answers to one question from two backends. */
export function compareAnswers(left: Answer, right: Answer): Comparison {
  const lists = [
    [left.exchanges, right.exchanges],
    [left.conversations, right.conversations],
  ] as const
  const largestDifference = Math.max(0, ...lists.flatMap(([a, b]) => differences(a, b)))
  const onlyOnce = lists.reduce((sum, [a, b]) => sum + missing(a, b) + missing(b, a), 0)
  const sameLength = lists.every(([a, b]) => a.length === b.length)
  return {
    same: sameLength && onlyOnce === 0 && largestDifference <= scoreTolerance,
    largestDifference,
    onlyOnce,
  }
}

function differences(left: readonly Finding[], right: readonly Finding[]): readonly number[] {
  const scores = new Map(right.map(({ key, score }) => [key, score]))
  return left.flatMap(({ key, score }) => {
    const other = scores.get(key)
    return other === undefined ? [] : [Math.abs(score - other)]
  })
}

function missing(left: readonly Finding[], right: readonly Finding[]): number {
  const keys = new Set(right.map(({ key }) => key))
  const last = left.at(-1)?.score ?? 0
  return left.filter(({ key, score }) => !keys.has(key) && score > last + scoreTolerance).length
}
