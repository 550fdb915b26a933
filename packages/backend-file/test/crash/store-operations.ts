import type { FileBackend } from '../../src/index.js'
import type { SeededRandom } from '../simulated-disk/seeded-random.js'

/** One call of a history; it can be written down and done again. */
export type StoreOperation =
  | { readonly do: 'insert'; readonly ids: readonly string[]; readonly tag: number; readonly mode?: Mode }
  | { readonly do: 'update' | 'vector'; readonly id: string; readonly tag: number }
  | { readonly do: 'delete' | 'access'; readonly ids: readonly string[] }
  | { readonly do: 'cluster'; readonly ids: readonly string[]; readonly tag: number }
  | { readonly do: 'episode'; readonly id: string; readonly tag: number; readonly mode?: Mode }
  | { readonly do: 'forget' | 'leave' | 'model'; readonly id: string }

type Mode = 'error' | 'ignore' | 'replace'

const scope = { tenantId: 't' }
const at = '2025-02-03T04:05:06'

/** Vectors that tell one write from another. */
const vector = (tag: number) => [1, tag + 0.5, -tag]

/** Runs one operation; it must be the only thing that makes the difference between two states. */
export async function runOperation(backend: FileBackend, operation: StoreOperation): Promise<unknown> {
  switch (operation.do) {
    case 'insert':
      return backend.insertNodes(
        operation.ids.map((id, index) => ({
          ...scope,
          userId: id < 'c' ? 'u' : null,
          id,
          humanContent: `${operation.tag}`,
          assistantContent: '',
          createdAt: at,
          clusterId: index === 1 ? operation.tag : null,
          ...(index === 2 ? {} : { embedding: vector(operation.tag + index) }),
        })),
        { onConflict: operation.mode ?? 'replace' },
      )
    case 'update':
      return backend.updateNode(scope, operation.id, { humanContent: `u${operation.tag}`, extra: { new: 1 } })
    case 'vector':
      return backend.updateNode(scope, operation.id, { embedding: vector(operation.tag) })
    case 'delete':
      return backend.deleteNodes(scope, operation.ids)
    case 'access':
      return backend.recordAccess(scope, operation.ids)
    case 'cluster': {
      const entries = operation.ids.map((id, index) => ({
        id,
        clusterId: operation.tag,
        ...(index === 0 ? { label: `l${operation.tag}`, confidence: 0.5 } : {}),
      }))
      return backend.assignClusters(scope, entries)
    }
    case 'episode':
      return backend.insertEpisodes(
        [
          {
            ...scope,
            id: operation.id,
            messages: [{ role: 'human', content: `${operation.tag}` }],
            createdAt: at,
            updatedAt: at,
            embedding: vector(operation.tag),
          },
        ],
        { onConflict: operation.mode ?? 'replace' },
      )
    case 'forget':
      return backend.deleteEpisodes(scope, [operation.id])
    case 'leave':
      return backend.deleteScope({ userId: operation.id })
    case 'model':
      return backend.admin.setEmbeddingModel({ provider: 'p', model: operation.id, dimensions: 3 })
    default:
      return operation satisfies never
  }
}

const names = ['a', 'b', 'c', 'd', 'e']

/** An operation on few records, so that histories change the same ones again and again. */
export function randomOperation(random: SeededRandom, tag: number): StoreOperation {
  const some = () => {
    const ids = names.filter(() => random.below(3) === 0)
    return ids.length > 0 ? ids : ['a']
  }
  const one = () => names[random.below(names.length)] ?? 'a'
  switch (random.below(11)) {
    case 0:
      return { do: 'update', id: one(), tag }
    case 1:
      return { do: 'vector', id: one(), tag }
    case 2:
      return { do: 'delete', ids: some() }
    case 3:
      return { do: 'access', ids: some() }
    case 4:
      return { do: 'cluster', ids: some(), tag }
    case 5:
      return { do: 'episode', id: one(), tag }
    case 6:
      return { do: 'forget', id: one() }
    case 7:
      return random.below(3) === 0 ? { do: 'leave', id: 'u' } : { do: 'episode', id: one(), tag }
    default:
      return { do: 'insert', ids: some(), tag, mode: random.below(4) === 0 ? 'ignore' : 'replace' }
  }
}
