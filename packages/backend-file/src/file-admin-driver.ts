import type {
  AdminDriver,
  ExportedRecord,
  RecordKind,
  ResolvedScope,
  Scope,
  ScopeSummary,
} from '@holdfast/core'
import { checkEmbeddingModel } from './file-backend-options.js'
import { readRecords, rowsFrom } from './records/read-records.js'
import { readVectors } from './records/read-vectors.js'
import type { ScopeRows } from './records/record-table.js'
import type { Collection, Snapshot } from './snapshot/snapshot.js'
import type { FileStore } from './store/file-store.js'
import { importedEpisodes, importedNodes } from './write/row-contents.js'

/** What operators can do with a file store. @param store asked for with every call: there is none yet when this is made. */
export function fileAdminDriver(store: () => FileStore): AdminDriver {
  return {
    listScopes: () => store().read(async (snapshot) => listScopes(snapshot)),
    exportRecords: (request, { signal }) =>
      store().read((snapshot) => exportRecords(snapshot.collection(request.kind), request, signal)),
    importNodes: (nodes, onConflict, { signal }) =>
      store().write((change) => change.put('nodes', importedNodes(nodes), onConflict), signal),
    importEpisodes: (episodes, onConflict, { signal }) =>
      store().write((change) => change.put('episodes', importedEpisodes(episodes), onConflict), signal),
    setEmbeddingModel: async (model) => {
      const checked = checkEmbeddingModel(model)
      await store().write((change) => change.setEmbeddingModel(checked), undefined)
    },
  }
}

interface ExportRequest {
  readonly kind: RecordKind
  readonly after: number
  readonly batchSize: number
  readonly scope: ResolvedScope | undefined
}

async function exportRecords(
  collection: Collection,
  { after, batchSize, scope }: ExportRequest,
  signal: AbortSignal | undefined,
): Promise<{ records: readonly ExportedRecord[]; position: number } | undefined> {
  const { table } = collection
  const rows = scope
    ? rowsFrom(table.rowsIn(scope), after).slice(0, batchSize)
    : range(after, Math.min(after + batchSize, table.count))
  const last = rows.at(-1)
  if (last === undefined) return undefined
  const texts = await readRecords(collection, rows, (_table, _row, text) => text, signal)
  const vectors = await readVectors(collection, rows, signal)
  const records = rows.map((row, index) => ({
    id: table.id(row),
    owner: table.owner(row),
    text: texts[index] ?? '',
    embedding: vectors[index],
    clusterId: table.clusterId(row),
  }))
  return { records, position: last + 1 }
}

function listScopes({ nodes, episodes }: Snapshot): readonly ScopeSummary[] {
  const summaries = (key: 'tenants' | 'users', toScope: (name: string) => Scope): readonly ScopeSummary[] => {
    const count = (scopes: ReadonlyMap<string, ScopeRows>, name: string) => scopes.get(name)?.rows.length ?? 0
    const names = new Set([...nodes.table[key].keys(), ...episodes.table[key].keys()])
    return [...names].sort(byCodeUnit).map((name) => ({
      scope: toScope(name),
      nodes: count(nodes.table[key], name),
      episodes: count(episodes.table[key], name),
    }))
  }
  return [
    ...summaries('tenants', (tenantId) => ({ tenantId })),
    ...summaries('users', (userId) => ({ userId })),
  ]
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)
}
