import { formatNode, type MemoryBackend, parseMemoryNode, type Scope } from '../../src/index.js'

type Call = (backend: MemoryBackend, scope: Scope, options?: object) => Promise<unknown>

export const node = { id: 'n', humanContent: 'q', assistantContent: 'a', tenantId: 't' }
export const episode = { id: 'e', messages: [{ role: 'user', content: 'q' }], tenantId: 't' }
const vector = [1, 0]
const exportedNode = {
  id: 'n',
  owner: { tenantId: 't', userId: null },
  text: formatNode(parseMemoryNode(node)),
  embedding: undefined,
  clusterId: null,
}

/** Every scoped operation, with good arguments; `options` is what the caller passes last. */
export const scopedCalls: Readonly<Record<string, Call>> = {
  getNode: (backend, scope, options) => backend.getNode(scope, 'n', options),
  getNodes: (backend, scope, options) => backend.getNodes(scope, options),
  countNodes: (backend, scope, options) => backend.countNodes(scope, options),
  scanNodes: (backend, scope, options) => all(backend.scanNodes(scope, options)),
  vectorSearch: (backend, scope, options) => backend.vectorSearch(vector, scope, options),
  keywordSearch: (backend, scope, options) => backend.keywordSearch('word', scope, options),
  explainSearch: (backend, scope, options) => backend.explainSearch(vector, scope, options),
  getEmbeddings: (backend, scope, options) => backend.getEmbeddings(scope, options),
  getClusterInfo: (backend, scope, options) => backend.getClusterInfo(scope, options),
  getClusterCentroids: (backend, scope, options) => backend.getClusterCentroids(scope, options),
  getEpisode: (backend, scope, options) => backend.getEpisode(scope, 'e', options),
  getEpisodes: (backend, scope, options) => backend.getEpisodes(scope, options),
  countEpisodes: (backend, scope, options) => backend.countEpisodes(scope, options),
  scanEpisodes: (backend, scope, options) => all(backend.scanEpisodes(scope, options)),
  searchEpisodes: (backend, scope, options) => backend.searchEpisodes(vector, scope, options),
  getEpisodeEmbeddings: (backend, scope, options) => backend.getEpisodeEmbeddings(scope, options),
  updateNode: (backend, scope, options) => backend.updateNode(scope, 'n', { source: 's' }, options),
  deleteNodes: (backend, scope, options) => backend.deleteNodes(scope, ['n'], options),
  deleteEpisodes: (backend, scope, options) => backend.deleteEpisodes(scope, ['e'], options),
  deleteScope: (backend, scope, options) => backend.deleteScope(scope, options),
  recordAccess: (backend, scope, options) => backend.recordAccess(scope, ['n'], options),
  assignClusters: (backend, scope, options) =>
    backend.assignClusters(scope, [{ id: 'n', clusterId: 1 }], options),
}

/** Writes whose owner stands in the record. */
export const ownedCalls: Readonly<Record<string, Call>> = {
  insertNode: (backend, _scope, options) => backend.insertNode(node, options),
  insertNodes: (backend, _scope, options) => backend.insertNodes([node], options),
  insertEpisodes: (backend, _scope, options) => backend.insertEpisodes([episode], options),
}

export const adminCalls: Readonly<Record<string, Call>> = {
  listScopes: ({ admin }, _scope, options) => admin.listScopes(options),
  exportAll: ({ admin }, _scope, options) => all(admin.exportAll(options)),
  importBatch: ({ admin }, _scope, options) => admin.importBatch({ kind: 'nodes', records: [] }, options),
  importAll: ({ admin }, _scope, options) =>
    all(admin.importAll([{ kind: 'nodes', records: [exportedNode] }], options)),
  fingerprint: ({ admin }, _scope, options) => admin.fingerprint(options),
  setEmbeddingModel: ({ admin }) => admin.setEmbeddingModel({ provider: 'p', model: 'm', dimensions: 2 }),
  verify: ({ admin }, _scope, options) => admin.verify(options),
  stats: ({ admin }, _scope, options) => admin.stats(options),
  compact: ({ admin }, _scope, options) => admin.compact(options),
  maintain: ({ admin }, _scope, options) => admin.maintain(options),
}

/** Collects an async iterable. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** Names of the methods of a class and its ancestors, without constructors. */
export function methodNames(prototype: object): readonly string[] {
  const names = new Set<string>()
  for (let level: object | null = prototype; level && level !== Object.prototype; ) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof property.value === 'function' && name !== 'constructor') names.add(name)
    }
    level = Object.getPrototypeOf(level)
  }
  return [...names].sort()
}
