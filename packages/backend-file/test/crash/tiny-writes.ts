import type { EpisodicMemoryInput, MemoryNodeInput, OnConflict, Scope } from '@holdfast/core'
import type { FileBackend } from '../../src/index.js'

/** One call that changes a store, on records of a few bytes. */
export type Write = (backend: FileBackend) => Promise<unknown>

const createdAt = '2025-01-02T03:04:05.123456'

export const ann: Scope = { userId: 'ann' }
export const bob: Scope = { userId: 'bob' }
export const acme: Scope = { tenantId: 'acme' }

export function node(id: string, owner: Scope, fields: Partial<MemoryNodeInput> = {}): MemoryNodeInput {
  return { id, ...owner, humanContent: `q ${id}`, assistantContent: '', createdAt, ...fields }
}

export function episode(
  id: string,
  owner: Scope,
  fields: Partial<EpisodicMemoryInput> = {},
): EpisodicMemoryInput {
  return {
    id,
    ...owner,
    messages: [{ role: 'human', content: id }],
    createdAt,
    updatedAt: createdAt,
    ...fields,
  }
}

export const insert =
  (nodes: readonly MemoryNodeInput[], onConflict: OnConflict = 'error'): Write =>
  (backend) =>
    backend.insertNodes(nodes, { onConflict })

export const insertEpisodes =
  (episodes: readonly EpisodicMemoryInput[], onConflict: OnConflict = 'error'): Write =>
  (backend) =>
    backend.insertEpisodes(episodes, { onConflict })

export const update =
  (scope: Scope, id: string, patch: Parameters<FileBackend['updateNode']>[2]): Write =>
  (backend) =>
    backend.updateNode(scope, id, patch)

export const remove =
  (scope: Scope, ...ids: readonly string[]): Write =>
  (backend) =>
    backend.deleteNodes(scope, ids)

export const removeEpisodes =
  (scope: Scope, ...ids: readonly string[]): Write =>
  (backend) =>
    backend.deleteEpisodes(scope, ids)

export const removeScope =
  (scope: Scope): Write =>
  (backend) =>
    backend.deleteScope(scope)

export const access =
  (scope: Scope, ...ids: readonly string[]): Write =>
  (backend) =>
    backend.recordAccess(scope, ids)

export const cluster =
  (scope: Scope, entries: Parameters<FileBackend['assignClusters']>[1]): Write =>
  (backend) =>
    backend.assignClusters(scope, entries)

export const nameModel: Write = (backend) =>
  backend.admin.setEmbeddingModel({ provider: 'p', model: 'm', dimensions: 2 })
