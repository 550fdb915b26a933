import type {
  AdminDriver,
  CallContext,
  EmbeddingModel,
  EpisodicMemory,
  InsertResult,
  MemoryNode,
} from '@holdfast/core'
import { compactStore } from './admin/compact-store.js'
import { storeStats } from './admin/store-stats.js'
import { verifyStore } from './admin/verify-store.js'
import { accessOf, adminAccess } from './connection/access.js'
import { maintainIndexes } from './maintenance/maintain-indexes.js'
import { type InsertRequest, insertRecords } from './records/insert-records.js'
import { listScopes } from './records/list-scopes.js'
import { selectRows } from './records/read-records.js'
import { episodeKind, nodeKind, type RecordKindOf } from './records/record-kind.js'
import { forCall, reading, type Store, writing } from './store.js'

type ExportRequest = Parameters<AdminDriver['exportRecords']>[0]
type Exported = Awaited<ReturnType<AdminDriver['exportRecords']>>

/** What the operators' operations need of a backend; asked for at each call, since they exist before it is open. */
export interface AdminHost {
  store(): Store
  /** @throws {MemoryError} `NOT_SUPPORTED` when the backend was opened read-only. */
  writable(): Store
  setEmbeddingModel(model: EmbeddingModel): Promise<void>
  /** The database runs inside this process. */
  embedded(): boolean
}

/** The cross-scope operations. They act as the role that row level security lets see everything. */
export function adminDriver(host: AdminHost): AdminDriver {
  return {
    listScopes: (context) =>
      reading(host.store(), forCall(adminAccess, context), (session) => listScopes(session, host.store())),
    exportRecords: (request, context) =>
      request.kind === 'nodes'
        ? exportRecords(host.store(), nodeKind, request, context)
        : exportRecords(host.store(), episodeKind, request, context),
    importNodes: async (records, onConflict, context) =>
      importRecords(host.writable(), { kind: nodeKind, records, onConflict, nodeColumns: true }, context),
    importEpisodes: async (records, onConflict, context) =>
      importRecords(host.writable(), { kind: episodeKind, records, onConflict, nodeColumns: false }, context),
    setEmbeddingModel: (model) => host.setEmbeddingModel(model),
    verify: async (context) => ({ problems: await verifyStore(host.store(), host.embedded(), context) }),
    stats: (context) =>
      reading(host.store(), forCall(adminAccess, context), (session) => storeStats(session, host.store())),
    compact: async (context) => compactStore(host.writable(), host.embedded(), context),
    maintain: async (request, { signal }) => maintainIndexes(host.writable(), { ...request, signal }),
  }
}

function exportRecords<T extends MemoryNode | EpisodicMemory>(
  store: Store,
  kind: RecordKindOf<T>,
  { scope, after, batchSize: limit }: ExportRequest,
  context: CallContext,
): Promise<Exported> {
  const access = scope === undefined ? adminAccess : accessOf(scope)
  return reading(store, forCall(access, context), async (session) => {
    const rows = await selectRows(session, store, kind, { access, after, limit, withEmbeddings: true })
    const last = rows.at(-1)
    if (last === undefined) return undefined
    const records = rows.map(({ row, embedding }) => ({
      id: row.id,
      owner: row.owner,
      ...kind.exported(row),
      embedding,
    }))
    return { records, position: last.row.position }
  })
}

/** One statement for all owners, which only an operator's role may do. */
function importRecords<T extends MemoryNode | EpisodicMemory>(
  store: Store,
  request: Omit<InsertRequest<T>, 'perOwner'>,
  context: CallContext,
): Promise<InsertResult> {
  return writing(store, forCall(adminAccess, context), (session) =>
    insertRecords(session, store, { ...request, perOwner: false, byCopy: true }),
  )
}
