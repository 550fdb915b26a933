import type { MemoryNode } from '@holdfast/core'

/** What a search may answer: everything that matches, best first, of which it takes `topK`. */
export class Ranking<T> {
  readonly hits: readonly { readonly record: T; readonly score: number }[]
  readonly topK: number

  constructor(hits: readonly { readonly record: T; readonly score: number }[], topK: number) {
    // Stable, so ties stay in insertion order.
    this.hits = [...hits].sort((a, b) => b.score - a.score)
    this.topK = topK
  }
}

/** Cosine similarity in float64. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, index) => sum + value * (y[index] ?? 0), 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

/** BM25 of each text for the words of a query, by the statistics of these texts. The words here are plain ASCII. */
export function wordScores(query: string, texts: readonly string[]): readonly number[] {
  const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[a-z]+/g) ?? []
  const documents = texts.map(wordsOf)
  const average = documents.reduce((sum, words) => sum + words.length, 0) / documents.length
  return documents.map((words) =>
    [...new Set(wordsOf(query))].reduce((score, word) => {
      const count = words.filter((other) => other === word).length
      const having = documents.filter((other) => other.includes(word)).length
      const rarity = Math.log(1 + (documents.length - having + 0.5) / (having + 0.5))
      return score + (rarity * count * 2.2) / (count + 1.2 * (0.25 + (0.75 * words.length) / average))
    }, 0),
  )
}

/** Microseconds of the timestamps of these tests, after the first of them. */
export const moments: ReadonlyMap<string, number> = new Map([
  ['2024-03-01T12:00:00', 0],
  ['2024-03-01T12:00:00.000001', 1],
  ['2024-03-01T14:00:00+02:00', 0],
  ['2024-03-02 12:00:00Z', 86_400_000_000],
  ['2024-02-29', -129_600_000_000],
])

const lists = ['ids', 'userId', 'conversationId', 'source', 'clusterId', 'tags'] as const
const flags = ['hasCode', 'hasError'] as const
const times = ['createdAfter', 'createdBefore'] as const

/** Whether a filter is one; here only names and absent values can be wrong. */
export function isFilter(filter: unknown): filter is Readonly<Record<string, unknown>> {
  const known: readonly string[] = [...lists, ...flags, ...times]
  return (
    typeof filter === 'object' &&
    filter !== null &&
    Object.entries(filter).every(
      ([name, value]) => known.includes(name) && value !== undefined && value !== null,
    )
  )
}

/** What a filter means. */
export function passes(node: MemoryNode, filter: Readonly<Record<string, unknown>>): boolean {
  const has: Record<string, readonly unknown[]> = {
    ids: [node.id],
    userId: [node.userId],
    conversationId: [node.conversationId],
    source: [node.source],
    clusterId: [node.clusterId],
    tags: Object.values(node.tags).flat(),
  }
  const created = moments.get(node.createdAt) ?? Number.NaN
  return Object.entries(filter).every(([name, value]) => {
    if (name === 'hasCode' || name === 'hasError') return node[name] === value
    if (name === 'createdAfter') return created > (moments.get(String(value)) ?? Number.NaN)
    if (name === 'createdBefore') return created < (moments.get(String(value)) ?? Number.NaN)
    return [value].flat().some((wanted) => has[name]?.includes(wanted))
  })
}
