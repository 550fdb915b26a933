import { type ClusterAssignment, type ResolvedScope, readNode } from '@holdfast/core'
import type { SetOverlay } from '../journal/journal-operation.js'
import { readTexts } from '../records/read-texts.js'
import type { PlannedWrite, WriteDraft } from './write-draft.js'

/** Counts an access to nodes. Where two owners of a user hold an id, it is to the first inserted. */
export async function planAccess(
  { state }: WriteDraft,
  scope: ResolvedScope,
  ids: readonly string[],
  at: string,
): Promise<PlannedWrite<void>> {
  const index = state.index('nodes')
  const rows = ids.flatMap((id) => index.find(scope, id) ?? [])
  const unread = rows.filter((row) => index.overlay(row)?.access === undefined)
  unread.sort((a, b) => index.position(a) - index.position(b))
  const counts = new Map<number, number>()
  for await (const batch of readTexts(index, unread, undefined)) {
    for (const { row, text } of batch) counts.set(row, readNode(text).accessCount)
  }
  const operations = rows.map((row): SetOverlay => {
    const count = index.overlay(row)?.access?.count ?? counts.get(row) ?? 0
    const access = { count: count + 1, lastAccessed: at }
    return {
      type: 'overlay',
      ownerKey: index.ownerKey(row) ?? '',
      id: index.id(row),
      access,
      cluster: undefined,
    }
  })
  return { operations, result: undefined }
}

/** Puts nodes into clusters. What an entry leaves out stays as it is. */
export function planClusters(
  { state }: WriteDraft,
  scope: ResolvedScope,
  entries: readonly ClusterAssignment[],
): PlannedWrite<number> {
  const index = state.index('nodes')
  const operations = entries.flatMap(({ id, clusterId, label, confidence }): SetOverlay[] => {
    const row = index.find(scope, id)
    if (row === undefined) return []
    const cluster = { id: clusterId, label: label ?? null, confidence: confidence ?? Number.NaN }
    return [{ type: 'overlay', ownerKey: index.ownerKey(row) ?? '', id, access: undefined, cluster }]
  })
  return { operations, result: operations.length }
}
