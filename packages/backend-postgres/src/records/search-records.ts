import type { EpisodicMemory, MemoryNode, ResolvedSearch, SearchPlan } from '@holdfast/core'
import type { Access } from '../connection/access.js'
import { Parameters } from '../connection/parameters.js'
import { numberOf, type Session, textOf } from '../connection/session.js'
import type { Store } from '../store.js'
import { int8Array } from './binary-array.js'
import { filterConditions } from './filter-conditions.js'
import { countRows, selectRows, vectorHex } from './read-records.js'
import { nodeKind, type RecordKindOf } from './record-kind.js'
import { cosineSimilarity, decodeVectorHex, encodeVector, unitVector } from './vector-codec.js'

interface Scored<T> {
  readonly record: T
  readonly score: number
}

/**
 * Candidates beyond `topK`. pgvector adds in float32; the last places are decided by float64 scores of these, so
 * that a score is the same to the last digits in every backend.
 */
const spareCandidates = 32

/** Rows whose vectors, or records, one round fetches. */
const roundRows = 512

/**
 * The exact top k of a scope: scope and filter first, then the distance of every row that is left, in one statement
 * that no index over vectors takes part in. Then the records of the k rows alone.
 */
export async function searchRecords<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  access: Access,
  query: Float32Array,
  search: ResolvedSearch,
): Promise<readonly Scored<T>[]> {
  const positions = await nearest(session, store, kind, access, query, search)
  const scores = await exactScores(session, store, kind, access, query, positions)
  const best = [...scores]
    .filter(([, score]) => score >= search.minScore)
    .sort(([p, a], [q, b]) => b - a || p - q)
    .slice(0, search.topK)
  const found = new Map<number, T>()
  for (const part of rounds(best)) {
    const wanted = part.map(([position]) => position)
    const rows = await selectRows(session, store, kind, { access, positions: wanted })
    for (const { row } of rows) found.set(row.position, kind.read(row))
  }
  return best.flatMap(([position, score]) => {
    const record = found.get(position)
    return record === undefined ? [] : [{ record, score }]
  })
}

/** What a search of nodes would do. */
export async function explainSearch(
  session: Session,
  store: Store,
  access: Access,
  search: ResolvedSearch,
): Promise<SearchPlan> {
  const rowsInScope = await countRows(session, store, nodeKind, { access })
  const parameters = new Parameters()
  const { rows } = await session.query(
    `SELECT count(*) ${fromCandidates(store, nodeKind, access, search, parameters)}`,
    parameters.values,
  )
  return { strategy: 'exact', rowsInScope, rowsScored: numberOf(rows[0]?.[0]), exact: true }
}

async function nearest<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  access: Access,
  query: Float32Array,
  search: ResolvedSearch,
): Promise<readonly number[]> {
  const parameters = new Parameters()
  const from = fromCandidates(store, kind, access, search, parameters)
  const vector = `${parameters.add(encodeVector(unitVector(query)))}::${store.vector.type}`
  const { rows } = await session.query(
    `SELECT v.position ${from}
     ORDER BY v.embedding ${store.vector.cosineDistance} ${vector}, v.position
     LIMIT ${parameters.add(search.topK + spareCandidates)}`,
    parameters.values,
  )
  return rows.map(([position]) => numberOf(position))
}

/** Position → cosine similarity in float64. */
async function exactScores<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  access: Access,
  query: Float32Array,
  positions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const scores = new Map<number, number>()
  for (const part of rounds(positions)) {
    const parameters = new Parameters()
    const { rows } = await session.query(
      `SELECT v.position, ${vectorHex(store)} FROM ${store.names.quoted}.${kind.vectorTable} v
       WHERE ${parameters.access(access, 'v')} AND v.position = ANY(${parameters.add(int8Array(part))}::bigint[])`,
      parameters.values,
    )
    for (const [position, hex] of rows) {
      scores.set(numberOf(position), cosineSimilarity(query, decodeVectorHex(textOf(hex))))
    }
  }
  return scores
}

function fromCandidates<T extends MemoryNode | EpisodicMemory>(
  store: Store,
  kind: RecordKindOf<T>,
  access: Access,
  search: ResolvedSearch,
  parameters: Parameters,
): string {
  const conditions = [parameters.access(access, 'v'), ...filterConditions(search.filter, 'r', parameters)]
  const join =
    conditions.length === 1
      ? ''
      : `JOIN ${store.names.quoted}.${kind.table} r ON r.owner_key = v.owner_key AND r.id = v.id`
  return `FROM ${store.names.quoted}.${kind.vectorTable} v ${join} WHERE ${conditions.join(' AND ')}`
}

function* rounds<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += roundRows) yield items.slice(start, start + roundRows)
}
