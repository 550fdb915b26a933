import {
  type EpisodicMemoryInput,
  isInScope,
  type MemoryNodeInput,
  type OnConflict,
  resolveScope,
  type Scope,
} from '@holdfast/core'
import type { Operation } from './random-history.js'

/** What is compared of a record; one that the model holds is never changed, only replaced. */
export interface ModelRecord {
  readonly id: string
  readonly tenantId: string | null
  readonly userId: string | null
  /** The question of a node, the title of an episode. */
  readonly text: string
  readonly metadata: unknown
  readonly clusterId: number | null
  readonly clusterLabel: string | null
  readonly clusterConfidence: number
  readonly accessCount: number
  /** When it was, only the writer knows. */
  readonly isAccessed: boolean
  readonly vector: readonly number[] | null
}

/** The result of an operation as JSON has it, or the code of its refusal. */
export type Expected = { readonly value: unknown } | { readonly code: 'DUPLICATE_ID' }

type Records = ReadonlyMap<string, ModelRecord>

/** The contract's write side over two maps in insertion order. Ids are unique in the whole history. */
export class StoreModel {
  #nodes: Map<string, ModelRecord>
  #episodes: Map<string, ModelRecord>

  constructor(nodes: Records = new Map(), episodes: Records = new Map()) {
    this.#nodes = new Map(nodes)
    this.#episodes = new Map(episodes)
  }

  get nodes(): readonly ModelRecord[] {
    return [...this.#nodes.values()]
  }

  get episodes(): readonly ModelRecord[] {
    return [...this.#episodes.values()]
  }

  copy(): StoreModel {
    return new StoreModel(this.#nodes, this.#episodes)
  }

  /** Does an operation. One that is refused changes nothing. */
  apply(operation: Operation): Expected {
    switch (operation.method) {
      case 'insertNode': {
        const result = insert(this.#nodes, operation.args.map(newNode), 'error')
        return 'code' in result ? result : { value: null }
      }
      case 'insertNodes':
        return insert(this.#nodes, operation.args[0].map(newNode), operation.args[1].onConflict)
      case 'insertEpisodes':
        return insert(this.#episodes, operation.args[0].map(newEpisode), operation.args[1].onConflict)
      case 'deleteNodes':
        return { value: remove(this.#nodes, operation.args[0], operation.args[1]) }
      case 'deleteEpisodes':
        return { value: remove(this.#episodes, operation.args[0], operation.args[1]) }
      case 'deleteScope': {
        const [scope] = operation.args
        const counts = [this.#nodes, this.#episodes].map((from) => remove(from, scope, [...from.keys()]))
        return { value: counts.reduce((sum, count) => sum + count, 0) }
      }
      case 'updateNode': {
        const [scope, id, { humanContent, metadata, clusterId, embedding }] = operation.args
        const changed = change(this.#nodes, scope, [id], (record) => ({
          ...record,
          ...(humanContent === undefined ? {} : { text: humanContent }),
          ...(metadata === undefined ? {} : { metadata }),
          ...(clusterId === undefined ? {} : { clusterId }),
          ...(embedding === undefined ? {} : { vector: embedding === null ? null : [...embedding] }),
        }))
        return { value: changed === 1 }
      }
      case 'recordAccess':
        change(this.#nodes, operation.args[0], operation.args[1], (record) => ({
          ...record,
          accessCount: record.accessCount + 1,
          isAccessed: true,
        }))
        return { value: null }
      case 'assignClusters': {
        const [scope, entries] = operation.args
        const counts = entries.map(({ id, clusterId, label, confidence }) =>
          change(this.#nodes, scope, [id], (record) => ({
            ...record,
            clusterId,
            clusterLabel: label ?? record.clusterLabel,
            clusterConfidence: confidence ?? record.clusterConfidence,
          })),
        )
        return { value: counts.reduce((sum, count) => sum + count, 0) }
      }
      default:
        return operation satisfies never
    }
  }
}

function insert(into: Map<string, ModelRecord>, records: readonly ModelRecord[], mode: OnConflict): Expected {
  const taken = records.filter(({ id }) => into.has(id))
  if (mode === 'error' && taken.length > 0) return { code: 'DUPLICATE_ID' }
  // A map keeps the place of a key that is set again.
  for (const record of records) if (mode !== 'ignore' || !into.has(record.id)) into.set(record.id, record)
  const kept = mode === 'ignore' ? taken.length : 0
  return {
    value: {
      inserted: records.length - taken.length,
      replaced: taken.length - kept,
      ignored: kept,
    },
  }
}

function change(
  records: Map<string, ModelRecord>,
  scope: Scope,
  ids: readonly string[],
  apply: (record: ModelRecord) => ModelRecord,
): number {
  const found = inScope(records, scope, ids)
  for (const record of found) records.set(record.id, apply(record))
  return found.length
}

function remove(records: Map<string, ModelRecord>, scope: Scope, ids: readonly string[]): number {
  const found = inScope(records, scope, ids)
  for (const { id } of found) records.delete(id)
  return found.length
}

function inScope(records: Records, scope: Scope, ids: readonly string[]): readonly ModelRecord[] {
  const resolved = resolveScope(scope)
  if (resolved === undefined) return []
  return ids.flatMap((id) => records.get(id) ?? []).filter((record) => isInScope(record, resolved))
}

function newNode(node: MemoryNodeInput): ModelRecord {
  return {
    ...unused,
    ...ownedPart(node),
    text: node.humanContent,
    clusterId: node.clusterId ?? null,
  }
}

function newEpisode(episode: EpisodicMemoryInput): ModelRecord {
  return { ...unused, ...ownedPart(episode), text: episode.title ?? '' }
}

/** What a new record has when its input says nothing, in the order in which records are compared. */
const unused = {
  clusterId: null,
  clusterLabel: null,
  clusterConfidence: 0,
  accessCount: 0,
  isAccessed: false,
}

function ownedPart(input: MemoryNodeInput | EpisodicMemoryInput) {
  const { id, tenantId = null, userId = null, metadata = {}, embedding } = input
  if (id === undefined) throw new TypeError('a record of a history has an id')
  return { id, tenantId, userId, metadata, vector: embedding === undefined ? null : [...embedding] }
}
