import { queryWords, type ResolvedFilter, type ResolvedSearch, type ScoredNode } from '@holdfast/core'
import type { Access } from '../connection/access.js'
import { Parameters } from '../connection/parameters.js'
import { numberOf, type Session } from '../connection/session.js'
import { int8Array } from '../records/binary-array.js'
import { filterConditions } from '../records/filter-conditions.js'
import { nodeKind } from '../records/record-kind.js'
import { recordsAt, type ScoredPlace } from '../records/records-at.js'
import type { Store } from '../store.js'
import { BestFirst } from './best-first.js'
import { scanWords } from './scan-words.js'
import { WordMatches } from './word-matches.js'

/** Of the best matches, how many are tested by a filter at first, and how many at once at most. */
const firstWindow = 64
const lastWindow = 4096

/** The nodes of a scope that match best, highest first, of equal scores the one inserted first. */
export async function keywordSearch(
  session: Session,
  store: Store,
  access: Access,
  text: string,
  { topK, filter }: ResolvedSearch,
): Promise<ScoredNode[]> {
  const words = queryWords(text)
  if (words.length === 0) return []
  const matches = new WordMatches(words.length)
  await scanWords(session, store, access, words, matches)
  const ranking = new BestFirst(matches.positions, matches.scores())
  const best =
    filter === undefined ? ranking.next(topK) : await passing(session, store, access, ranking, topK, filter)
  const found = await recordsAt(session, store, nodeKind, access, best)
  return found.map(({ record, score }) => ({ node: record, score }))
}

/** The best matches are tested first: a filter takes results away and changes no score. */
async function passing(
  session: Session,
  store: Store,
  access: Access,
  ranking: BestFirst,
  topK: number,
  filter: ResolvedFilter,
): Promise<readonly ScoredPlace[]> {
  const passed: ScoredPlace[] = []
  for (let window = firstWindow; passed.length < topK; window = Math.min(window * 4, lastWindow)) {
    const tested = ranking.next(window)
    if (tested.length === 0) break
    const parameters = new Parameters()
    const conditions = [
      parameters.access(access, 'r'),
      `r.position = ANY(${parameters.add(int8Array(tested.map(({ position }) => position)))}::bigint[])`,
      ...filterConditions(filter, 'r', parameters),
    ]
    const { rows } = await session.query(
      `SELECT r.position FROM ${store.names.quoted}.node r WHERE ${conditions.join(' AND ')}`,
      parameters.values,
    )
    const found = new Set(rows.map(([position]) => numberOf(position)))
    passed.push(...tested.filter(({ position }) => found.has(position)))
  }
  return passed.slice(0, topK)
}
