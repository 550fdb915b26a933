import type { EpisodicMemory } from './episodic-memory.js'
import type { MemoryNode } from './memory-node.js'
import type { NodeFilter, ResolvedFilter } from './node-filter.js'

/** What every operation takes. */
export interface CallOptions {
  /** Rejects the call with the signal's reason; a write that is already being committed is not undone. */
  readonly signal?: AbortSignal
}

export interface FilterOptions extends CallOptions {
  readonly filter?: NodeFilter
}

export interface PageOptions extends FilterOptions {
  /** How many at most. Default: all. */
  readonly limit?: number
  /** How many to pass over. Default 0. Costs what the rows passed over cost: prefer `scanNodes` for a whole scope. */
  readonly offset?: number
}

export interface ScanOptions extends FilterOptions {
  /** Records a batch, 1 to 10,000. Default 256. */
  readonly batchSize?: number
  /** The `cursor` of an earlier batch: goes on right after it. */
  readonly after?: string
  /** Adds the vectors to each batch. Default false. */
  readonly withEmbeddings?: boolean
}

export interface SearchOptions extends FilterOptions {
  /** How many results at most. Default 10; 0 gives none. */
  readonly topK?: number
}

export interface VectorSearchOptions extends SearchOptions {
  /** Lowest cosine similarity, inclusive. Default 0. */
  readonly minScore?: number
  /** Compare every vector of the scope, even where a backend has an approximate index for it. Default false. */
  readonly exact?: boolean
}

export interface InsertOptions extends CallOptions {
  /**
   * What to do about an id that the owner already has. `error` (default) refuses the whole batch with
   * `DUPLICATE_ID`; `ignore` keeps the old record; `replace` takes the new one, at the old one's place in the order.
   */
  readonly onConflict?: OnConflict
}

export const onConflictModes = ['error', 'ignore', 'replace'] as const
export type OnConflict = (typeof onConflictModes)[number]

/** How many records a write inserted, replaced and left alone. */
export interface InsertResult {
  readonly inserted: number
  readonly replaced: number
  readonly ignored: number
}

/** A node and its cosine similarity in [-1, 1], or its BM25 score from a keyword search. */
export interface ScoredNode {
  readonly node: MemoryNode
  readonly score: number
}

export interface ScoredEpisode {
  readonly episode: EpisodicMemory
  readonly score: number
}

/** Part of a scan. `embeddings[i]` belongs to `nodes[i]`, `undefined` where it has no vector. */
export interface NodeBatch {
  readonly nodes: readonly MemoryNode[]
  readonly embeddings?: readonly (Float32Array | undefined)[]
  readonly cursor: string
}

export interface EpisodeBatch {
  readonly episodes: readonly EpisodicMemory[]
  readonly embeddings?: readonly (Float32Array | undefined)[]
  readonly cursor: string
}

/** How a search was, or would be, answered. */
export interface SearchPlan {
  readonly strategy: 'exact' | 'hnsw'
  /** Nodes in the scope, before filters. */
  readonly rowsInScope: number
  /** Vectors compared with the query; of an approximate search, those that its index proposed. */
  readonly rowsScored: number
  /** Whether the result is the true top k. */
  readonly exact: boolean
}

/** Changes for `updateNode`. Neither the id nor the owner can change. */
export type NodePatch = {
  readonly [K in Exclude<keyof MemoryNode, FixedField | OtherForm>]?: MemoryNode[K]
} & {
  readonly createdAt?: string | Date
  readonly lastAccessed?: string | Date | null
  readonly tags?: { readonly [category: string]: readonly string[] }
  readonly embedding?: Float32Array | readonly number[] | null
}

type FixedField = 'id' | 'tenantId' | 'userId'
/** Fields that a patch may give in another form than a node has it. */
type OtherForm = 'createdAt' | 'lastAccessed' | 'tags' | 'embedding'

/** One node's place in a clustering. */
export interface ClusterAssignment {
  readonly id: string
  /** `-1` is noise. */
  readonly clusterId: number
  readonly label?: string
  /** 0 to 1. */
  readonly confidence?: number
}

/** What a backend's protected methods get: checked, with every default filled in. */
export interface CallContext {
  readonly signal: AbortSignal | undefined
}

export interface ResolvedPage {
  /** `Infinity` for all. */
  readonly limit: number
  readonly offset: number
  readonly filter: ResolvedFilter | undefined
}

export interface ResolvedScan {
  readonly batchSize: number
  /** Position of the last record already seen; records have positions greater than 0. */
  readonly after: number
  readonly withEmbeddings: boolean
  readonly filter: ResolvedFilter | undefined
}

export interface ResolvedSearch {
  readonly topK: number
  readonly minScore: number
  /** No approximate index may be used. */
  readonly exact: boolean
  readonly filter: ResolvedFilter | undefined
}

/** A batch as a backend yields it: `position` is that of its last record and never changes while it exists. */
export interface PositionedBatch<T> {
  readonly records: readonly T[]
  readonly embeddings?: readonly (Float32Array | undefined)[]
  readonly position: number
}
