import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import type { Access } from '../connection/access.js'
import { Parameters } from '../connection/parameters.js'
import { numberOf, type Session, textOf } from '../connection/session.js'
import { vectorHex } from '../records/read-records.js'
import type { RecordKindOf } from '../records/record-kind.js'
import { decodeVectorHex } from '../records/vector-codec.js'
import type { IndexElement } from '../search/index-element.js'
import { leaveIndex, sortNothing } from '../search/ready-index.js'
import { searchByIndex } from '../search/search-by-index.js'
import { searchExactly } from '../search/search-exactly.js'
import { indexSettings, settingsOfAll } from '../search/search-path.js'
import { topScores } from '../search/top-scores.js'
import { forCall, reading, type Store } from '../store.js'

/** Vectors of the owner that are searched with, spread evenly over its insertion order. */
const samples = 20
const topK = 10

/** What float64 may round. */
const rounding = 1e-12

/**
 * The share of the true top 10 that an owner's index finds, on average, with stored vectors as queries. It acts as the
 * owner does, walls included. Another row with the score of a true one counts as that one.
 */
export function checkRecall<T extends MemoryNode | EpisodicMemory>(
  store: Store,
  kind: RecordKindOf<T>,
  ownerKey: string,
  element: IndexElement,
  call: { readonly signal: AbortSignal | undefined },
): Promise<number> {
  const access: Access = { kind: 'owner', ownerKey }
  const search = { topK, minScore: -1, exact: false, filter: undefined }
  const settings = [...settingsOfAll(store.layout), ...indexSettings(search)]
  return reading(store, { ...forCall(access, call), settings }, async (session) => {
    const queries = await sampledVectors(session, store, kind, access)
    let hits = 0
    let wanted = 0
    for (const query of queries) {
      const request = { store, kind, access, query, search }
      await sortNothing(session)
      const found = await searchByIndex(session, request, element, 'unchecked')
      const proposals = topScores(found ?? [], search)
      await leaveIndex(session)
      const truth = await searchExactly(session, request)
      const least = (truth.at(-1)?.score ?? 2) - rounding
      hits += proposals.filter(({ score }) => score >= least).length
      wanted += truth.length
    }
    return wanted === 0 ? 0 : hits / wanted
  })
}

async function sampledVectors<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  access: Access,
): Promise<readonly Float32Array[]> {
  const table = `${store.names.quoted}.${kind.vectorTable} v`
  const bounds = new Parameters()
  const { rows } = await session.query(
    `SELECT min(v.position), max(v.position) FROM ${table} WHERE ${bounds.access(access, 'v')}`,
    bounds.values,
  )
  const [first, last] = rows[0] ?? []
  if (typeof first !== 'string' || typeof last !== 'string') return []
  const [low, high] = [numberOf(first), numberOf(last)]
  const vectors: Float32Array[] = []
  for (let sample = 0; sample < samples; sample++) {
    const parameters = new Parameters()
    const from = Math.floor(low + ((high - low) * sample) / samples)
    const found = await session.query(
      `SELECT ${vectorHex(store)} FROM ${table}
       WHERE ${parameters.access(access, 'v')} AND v.position >= ${parameters.add(from)}
       ORDER BY v.position LIMIT 1`,
      parameters.values,
    )
    vectors.push(decodeVectorHex(textOf(found.rows[0]?.[0])))
  }
  return vectors
}
