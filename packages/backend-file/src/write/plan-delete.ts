import type { RecordKind, ResolvedScope } from '@holdfast/core'
import type { DeleteRecord } from '../journal/journal-operation.js'
import type { RecordIndex } from '../records/record-index.js'
import { settleEpisodeOwners } from './settle-episode-owners.js'
import type { PlannedWrite, WriteDraft } from './write-draft.js'

/** Deletes the records with these ids that the scope sees; where several owners of a user hold one, all of them. */
export function planDelete(
  draft: WriteDraft,
  kind: RecordKind,
  scope: ResolvedScope,
  ids: readonly string[],
): Promise<PlannedWrite<number>> {
  const index = draft.state.index(kind)
  const rows = new Set(ids.flatMap((id) => [...index.findEvery(scope, id)]))
  return kind === 'nodes' ? planRemoval(draft, rows, new Set()) : planRemoval(draft, new Set(), rows)
}

/** Deletes everything the scope sees. */
export function planDeleteScope(draft: WriteDraft, scope: ResolvedScope): Promise<PlannedWrite<number>> {
  const rows = (kind: RecordKind) => new Set(draft.state.index(kind).rowsIn(scope))
  return planRemoval(draft, rows('nodes'), rows('episodes'))
}

async function planRemoval(
  { state }: WriteDraft,
  nodes: ReadonlySet<number>,
  episodes: ReadonlySet<number>,
): Promise<PlannedWrite<number>> {
  const settled = await settleEpisodeOwners(state, { gone: nodes, coming: [] }, episodes)
  const operations = [
    ...deletions('nodes', state.index('nodes'), nodes),
    ...deletions('episodes', state.index('episodes'), episodes),
    ...settled,
  ]
  return { operations, result: nodes.size + episodes.size }
}

function* deletions(kind: RecordKind, index: RecordIndex, rows: Iterable<number>): Generator<DeleteRecord> {
  for (const row of rows) {
    const ownerKey = index.ownerKey(row)
    if (ownerKey !== undefined) yield { type: 'delete', kind, ownerKey, id: index.id(row) }
  }
}
