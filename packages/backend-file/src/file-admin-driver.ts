import type {
  AdminDriver,
  ExportedRecord,
  RecordKind,
  ResolvedScope,
  Scope,
  ScopeSummary,
  StoreStats,
} from '@holdfast/core'
import { checkEmbeddingModel } from './file-backend-options.js'
import { withModel } from './layout/store-settings.js'
import type { Collection } from './records/collection.js'
import { readRecords } from './records/read-records.js'
import { readVectors } from './records/read-vectors.js'
import { rowsBehind } from './records/row-list.js'
import { requireWritable } from './store/file-store.js'
import type { OpenedStore, ReadableState } from './store/opened-store.js'
import { importedEpisodes, importedNodes } from './write/new-contents.js'
import { planPut } from './write/plan-put.js'
import { touchesRecords } from './write/touched-records.js'

/** What operators can do with a file store. @param store asked for with every call: there is none yet when this is made. */
export function fileAdminDriver(store: () => OpenedStore): AdminDriver {
  return {
    listScopes: () => store().read(async (state) => listScopes(state)),
    exportRecords: (request, { signal }) =>
      store().read((state) => exportRecords(state.collection(request.kind), request, signal)),
    importNodes: async (nodes, onConflict, { signal }) => {
      const contents = importedNodes(nodes)
      return requireWritable(store()).write(
        touchesRecords('nodes', contents),
        (draft) => planPut(draft, 'nodes', contents, onConflict),
        signal,
      )
    },
    importEpisodes: async (episodes, onConflict, { signal }) => {
      const contents = importedEpisodes(episodes)
      return requireWritable(store()).write(
        touchesRecords('episodes', contents),
        (draft) => planPut(draft, 'episodes', contents, onConflict),
        signal,
      )
    },
    setEmbeddingModel: async (model) => {
      const checked = checkEmbeddingModel(model)
      await requireWritable(store()).write(
        () => 'everything',
        ({ settings }) => ({ operations: [], settings: withModel(settings, checked), result: undefined }),
        undefined,
      )
    },
    stats: () => store().read(async (state) => statsOf(state, await store().bytes())),
    verify: async ({ signal }) => ({ problems: await store().verify(signal) }),
    compact: async () => requireWritable(store()).compact(),
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
  const { index } = collection
  const visible = scope ? index.rowsIn(scope) : index.all()
  const rows = rowsBehind(visible, after, (row) => index.position(row)).slice(0, batchSize)
  const last = rows.at(-1)
  if (last === undefined) return undefined
  const texts = await readRecords(collection, rows, (_index, _row, text) => text, signal)
  const vectors = await readVectors(collection, rows, signal)
  const records = Array.from(rows, (row, at) => ({
    id: index.id(row),
    owner: index.owner(row),
    text: texts[at] ?? '',
    embedding: vectors[at],
    clusterId: index.clusterId(row),
  }))
  return { records, position: index.position(last) }
}

function listScopes(state: ReadableState): readonly ScopeSummary[] {
  const [nodes, episodes] = [state.collection('nodes').index, state.collection('episodes').index]
  const summaries = (
    kind: ResolvedScope['kind'],
    toScope: (name: string) => Scope,
  ): readonly ScopeSummary[] => {
    const counts = { nodes: nodes.counts(kind), episodes: episodes.counts(kind) }
    const names = new Set([...counts.nodes.keys(), ...counts.episodes.keys()])
    return [...names].sort(byCodeUnit).map((name) => ({
      scope: toScope(name),
      nodes: counts.nodes.get(name) ?? 0,
      episodes: counts.episodes.get(name) ?? 0,
    }))
  }
  return [
    ...summaries('tenant', (tenantId) => ({ tenantId })),
    ...summaries('user', (userId) => ({ userId })),
  ]
}

function statsOf(state: ReadableState, bytes: number): StoreStats {
  const [nodes, episodes] = [state.collection('nodes').index, state.collection('episodes').index]
  let unowned = 0
  for (const index of [nodes, episodes]) {
    for (const row of index.all()) if (index.owner(row) === undefined) unowned += 1
  }
  return { nodes: nodes.count, episodes: episodes.count, unowned, bytes }
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
