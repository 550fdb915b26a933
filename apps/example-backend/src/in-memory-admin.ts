import { type AdminDriver, isInScope, MemoryError, type ScopeSummary } from '@holdfast/core'
import type { InMemoryStore } from './in-memory-backend.js'
import { incoming, type StoredRecord } from './record-table.js'

/** The cross-scope operations. @param store asked for at each call: the backend has none yet while it is made. */
export function inMemoryAdmin(store: () => InMemoryStore): AdminDriver {
  return {
    // #region driver
    listScopes: async () => listScopes(store()),

    async exportRecords({ kind, after, batchSize, scope }) {
      const records = store()
        [kind].records.filter(({ position }) => position > after)
        .filter(({ owner }) => scope === undefined || isInScope(owner, scope))
        .slice(0, batchSize)
      const last = records.at(-1)
      return last && { records: records.map(exported), position: last.position }
    },

    importNodes: async (nodes, onConflict) => store().nodes.insert(nodes.map(incoming), onConflict),
    importEpisodes: async (episodes, onConflict) =>
      store().episodes.insert(episodes.map(incoming), onConflict),

    async setEmbeddingModel(model) {
      const { embeddingModel: known, dimensions } = store()
      const isSame = known === undefined || JSON.stringify(known) === JSON.stringify(model)
      if (!isSame || model.dimensions !== dimensions) throw new MemoryError('EMBEDDING_MISMATCH')
      store().embeddingModel = model
    },
    // #endregion

    // #region maintenance
    verify: async () => ({ problems: [] }),

    async stats() {
      const { nodes, episodes } = store()
      const bytes = [...nodes.records, ...episodes.records].reduce((sum, { text }) => sum + text.length, 0)
      return { nodes: nodes.records.length, episodes: episodes.records.length, unowned: 0, bytes }
    },

    compact: async () => {},
    // #endregion
  }
}

// #region export
/** Tenants first, then users; a record of a user inside a tenant counts for both. */
function listScopes(store: InMemoryStore): readonly ScopeSummary[] {
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
// #endregion
