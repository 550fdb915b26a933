import type { AdminDriver, EmbeddingModel, NewEpisode, NewNode } from '@holdfast/core'
import { accessOf, adminAccess } from './connection/access.js'
import { insertRecords } from './records/insert-records.js'
import { listScopes } from './records/list-scopes.js'
import { selectRows } from './records/read-records.js'
import { episodeKind, nodeKind, type RecordKindOf } from './records/record-kind.js'
import { forCall, reading, type Store, writing } from './store.js'

/** What the operators' operations need of a backend; asked for at each call, since they exist before it is open. */
export interface AdminHost {
  store(): Store
  /** @throws {MemoryError} `NOT_SUPPORTED` when the backend was opened read-only. */
  writable(): Store
  setEmbeddingModel(model: EmbeddingModel): Promise<void>
}

/** The cross-scope operations. They act as the role that row level security lets see everything. */
export function adminDriver(host: AdminHost): AdminDriver {
  return {
    listScopes: (context) =>
      reading(host.store(), forCall(adminAccess, context), (session) => listScopes(session, host.store())),
    async exportRecords({ kind, after, batchSize, scope }, context) {
      const store = host.store()
      const access = scope === undefined ? adminAccess : accessOf(scope)
      const read = <T extends typeof nodeKind | typeof episodeKind>(of: T) =>
        reading(store, forCall(access, context), async (session) => {
          const selection = { access, after, limit: batchSize, withEmbeddings: true }
          const rows = await selectRows(session, store, of as RecordKindOf<never>, selection)
          const last = rows.at(-1)
          if (last === undefined) return undefined
          const records = rows.map(({ row, embedding }) => ({
            id: row.id,
            owner: row.owner,
            ...of.exported(row),
            embedding,
          }))
          return { records, position: last.row.position }
        })
      return kind === 'nodes' ? read(nodeKind) : read(episodeKind)
    },
    importNodes: async (records: readonly NewNode[], onConflict, context) => {
      const store = host.writable()
      return writing(store, forCall(adminAccess, context), (session) =>
        insertRecords(session, store, {
          kind: nodeKind,
          records,
          onConflict,
          perOwner: false,
          nodeColumns: true,
        }),
      )
    },
    importEpisodes: async (records: readonly NewEpisode[], onConflict, context) => {
      const store = host.writable()
      return writing(store, forCall(adminAccess, context), (session) =>
        insertRecords(session, store, {
          kind: episodeKind,
          records,
          onConflict,
          perOwner: false,
          nodeColumns: false,
        }),
      )
    },
    setEmbeddingModel: (model) => host.setEmbeddingModel(model),
  }
}
