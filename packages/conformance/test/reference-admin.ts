import {
  type AdminDriver,
  isInScope,
  MemoryError,
  type NewEpisode,
  type NewNode,
  type ScopeSummary,
} from '@holdfast/core'
import type { IncomingRecord, StoredRecord } from './record-table.js'
import type { ReferenceStore } from './reference-backend.js'

/** The cross-scope operations of the reference backend. */
export function referenceAdmin(store: () => ReferenceStore): AdminDriver {
  return {
    listScopes: async () => listScopes(store()),
    async exportRecords({ kind, after, batchSize, scope }) {
      const records = store()
        [kind].records.filter(({ position }) => position > after)
        .filter(({ owner }) => scope === undefined || isInScope(owner, scope))
        .slice(0, batchSize)
      const last = records.at(-1)
      return last && { records: records.map(exported), position: last.position }
    },
    importNodes: async (nodes, onConflict) =>
      store().nodes.insert(
        nodes.map((node) => ({ ...incoming(node), clusterId: node.record.clusterId })),
        onConflict,
      ),
    importEpisodes: async (episodes, onConflict) =>
      store().episodes.insert(episodes.map(incoming), onConflict),
    async setEmbeddingModel(model) {
      const known = store().embeddingModel
      const isSame = known === undefined || JSON.stringify(known) === JSON.stringify(model)
      if (!isSame || model.dimensions !== store().dimensions) throw new MemoryError('EMBEDDING_MISMATCH')
      store().embeddingModel = model
    },
    verify: async () => ({ problems: [] }),
    async stats() {
      const { nodes, episodes } = store()
      const bytes = [...nodes.records, ...episodes.records].reduce((sum, { text }) => sum + text.length, 0)
      return { nodes: nodes.records.length, episodes: episodes.records.length, unowned: 0, bytes }
    },
    compact: async () => {},
  }
}

function listScopes(store: ReferenceStore): readonly ScopeSummary[] {
  const summaries = new Map<string, ScopeSummary>()
  for (const kind of ['nodes', 'episodes'] as const) {
    for (const { owner } of store[kind].records) {
      for (const field of ['tenantId', 'userId'] as const) {
        if (owner[field] === null) continue
        const key = `${field} ${owner[field]}`
        const { nodes = 0, episodes = 0 } = summaries.get(key) ?? {}
        const counts = { nodes, episodes, [kind]: (kind === 'nodes' ? nodes : episodes) + 1 }
        summaries.set(key, { ...counts, scope: { [field]: owner[field] } })
      }
    }
  }
  return [...summaries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, summary]) => summary)
}

function exported({ id, owner, text, embedding, clusterId }: StoredRecord) {
  return { id, owner, text, embedding: embedding?.slice(), clusterId }
}

function incoming({ owner, text, embedding, record }: NewNode | NewEpisode): IncomingRecord {
  return { owner, text, embedding, id: record.id, clusterId: null }
}
