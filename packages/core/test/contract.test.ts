import { describe, expect, expectTypeOf, it } from 'vitest'
import type {
  BackendCapabilities,
  Conversation,
  EmbeddingMatrix,
  EpisodicMemory,
  EpisodicMemoryInput,
  ErrorCode,
  InsertResult,
  MemoryBackend,
  MemoryError,
  MemoryNode,
  MemoryNodeInput,
  NodeFilter,
  NodePatch,
  Scope,
  ScopedMemory,
  ScoredEpisode,
  ScoredNode,
  SearchPlan,
} from '../src/index.js'
import * as core from '../src/index.js'

type Signal = { readonly signal?: AbortSignal }
type Vector = Float32Array | readonly number[]

/** The types here are checked by tsc; at run time only the names of the values are. */
describe('the contract', () => {
  it('exports these values', () => {
    const names = [
      'MemoryBackend',
      'MemoryError',
      'ScopedMemory',
      'conversationToEpisode',
      'conversationToNodes',
    ]
    names.push('errorCodes', 'parseMemoryNode', 'parseEpisodicMemory', 'matchesFilter', 'resolveFilter')
    expect(Object.keys(core)).toEqual(expect.arrayContaining(names))
  })

  it('has a scope of two names that may be null or absent', () => {
    expectTypeOf<Scope>().toEqualTypeOf<{
      readonly tenantId?: string | null
      readonly userId?: string | null
    }>()
    expectTypeOf<{ tenant_id: string }>().not.toExtend<Scope>()
  })

  it('reads with these arguments and answers', () => {
    type B = MemoryBackend
    expectTypeOf<B['getNode']>().toEqualTypeOf<
      (scope: Scope, id: string, options?: Signal) => Promise<MemoryNode | undefined>
    >()
    expectTypeOf<B['getNodes']>().toExtend<
      (
        scope: Scope,
        o?: Signal & { limit?: number; offset?: number; filter?: NodeFilter },
      ) => Promise<MemoryNode[]>
    >()
    expectTypeOf<B['countNodes']>().toExtend<
      (scope: Scope, options?: Signal & { filter?: NodeFilter }) => Promise<number>
    >()
    expectTypeOf<B['scanNodes']>().toExtend<
      (
        scope: Scope,
        o?: Signal & { batchSize?: number; after?: string; withEmbeddings?: boolean; filter?: NodeFilter },
      ) => AsyncIterable<{
        readonly nodes: readonly MemoryNode[]
        readonly embeddings?: readonly (Float32Array | undefined)[]
        readonly cursor: string
      }>
    >()
    type Search = Signal & { topK?: number; minScore?: number; filter?: NodeFilter }
    expectTypeOf<B['vectorSearch']>().toExtend<
      (query: Vector, scope: Scope, options?: Search) => Promise<ScoredNode[]>
    >()
    expectTypeOf<B['explainSearch']>().toExtend<
      (query: Vector, scope: Scope, options?: Search) => Promise<SearchPlan>
    >()
    expectTypeOf<B['keywordSearch']>().toExtend<
      (text: string, scope: Scope, options?: Omit<Search, 'minScore'>) => Promise<ScoredNode[]>
    >()
    expectTypeOf<B['getEmbeddings']>().toExtend<
      (scope: Scope, options?: Signal) => Promise<EmbeddingMatrix>
    >()
    expectTypeOf<B['getClusterInfo']>().toExtend<
      (scope: Scope, options?: Signal) => Promise<ReadonlyMap<number, readonly number[]>>
    >()
    expectTypeOf<B['getClusterCentroids']>().toExtend<
      (scope: Scope, options?: Signal) => Promise<ReadonlyMap<number, Float32Array>>
    >()
  })

  it('writes with these arguments and answers', () => {
    type B = MemoryBackend
    type Insert = Signal & { onConflict?: 'error' | 'ignore' | 'replace' }
    expectTypeOf<B['insertNode']>().toExtend<(node: MemoryNodeInput) => Promise<void>>()
    expectTypeOf<B['insertNodes']>().toExtend<
      (nodes: readonly MemoryNodeInput[], options?: Insert) => Promise<InsertResult>
    >()
    expectTypeOf<B['insertEpisodes']>().toExtend<
      (episodes: readonly EpisodicMemoryInput[], options?: Insert) => Promise<InsertResult>
    >()
    expectTypeOf<B['updateNode']>().toExtend<
      (scope: Scope, id: string, patch: NodePatch) => Promise<boolean>
    >()
    expectTypeOf<B['deleteNodes']>().toExtend<(scope: Scope, ids: readonly string[]) => Promise<number>>()
    expectTypeOf<B['deleteEpisodes']>().toExtend<(scope: Scope, ids: readonly string[]) => Promise<number>>()
    expectTypeOf<B['deleteScope']>().toExtend<(scope: Scope) => Promise<number>>()
    expectTypeOf<B['recordAccess']>().toExtend<(scope: Scope, ids: readonly string[]) => Promise<void>>()
    expectTypeOf<B['assignClusters']>().toExtend<
      (
        scope: Scope,
        entries: readonly { id: string; clusterId: number; label?: string; confidence?: number }[],
      ) => Promise<number>
    >()
    expectTypeOf<InsertResult>().toEqualTypeOf<{
      readonly inserted: number
      readonly replaced: number
      readonly ignored: number
    }>()
  })

  it('has episodes with the same set', () => {
    type B = MemoryBackend
    expectTypeOf<B['getEpisodes']>().toExtend<
      (scope: Scope, options?: Signal & { limit?: number; offset?: number }) => Promise<EpisodicMemory[]>
    >()
    expectTypeOf<B['searchEpisodes']>().toExtend<
      (
        query: Vector,
        scope: Scope,
        options?: { topK?: number; minScore?: number },
      ) => Promise<ScoredEpisode[]>
    >()
    expectTypeOf<B['getEpisodeEmbeddings']>().toExtend<(scope: Scope) => Promise<EmbeddingMatrix>>()
    expectTypeOf<ReturnType<B['scanEpisodes']>>().toExtend<
      AsyncIterable<{ readonly episodes: readonly EpisodicMemory[]; readonly cursor: string }>
    >()
  })

  it('has a handle with the same operations without the scope', () => {
    expectTypeOf<MemoryBackend['withScope']>().toEqualTypeOf<(scope: Scope) => ScopedMemory>()
    type S = ScopedMemory
    expectTypeOf<S['getNode']>().toExtend<(id: string, options?: Signal) => Promise<MemoryNode | undefined>>()
    expectTypeOf<S['vectorSearch']>().toExtend<
      (query: Vector, options?: { topK?: number }) => Promise<ScoredNode[]>
    >()
    expectTypeOf<S['insertNodes']>().toExtend<(nodes: readonly MemoryNodeInput[]) => Promise<InsertResult>>()
    expectTypeOf<S>().not.toHaveProperty('admin')
    expectTypeOf<S>().not.toHaveProperty('withScope')
  })

  it('has these data', () => {
    expectTypeOf<EmbeddingMatrix>().toEqualTypeOf<{
      readonly nodeIds: readonly string[]
      readonly rows: number
      readonly dimensions: number
      readonly data: Float32Array
    }>()
    expectTypeOf<SearchPlan>().toEqualTypeOf<{
      readonly strategy: 'exact' | 'hnsw'
      readonly rowsInScope: number
      readonly rowsScored: number
      readonly exact: boolean
    }>()
    expectTypeOf<ScoredNode>().toEqualTypeOf<{ readonly node: MemoryNode; readonly score: number }>()
    expectTypeOf<MemoryError>().toExtend<Error & { code: ErrorCode }>()
    expectTypeOf<ErrorCode>().toEqualTypeOf<keyof typeof core.errorCodes>()
    expectTypeOf<MemoryBackend['capabilities']>().toEqualTypeOf<BackendCapabilities>()
    expectTypeOf<MemoryBackend>().toExtend<AsyncDisposable & { close(): Promise<void> }>()
    expectTypeOf(core.conversationToNodes).toEqualTypeOf<
      (conversation: Conversation) => readonly MemoryNode[]
    >()
    expectTypeOf<MemoryNode['createdAt']>().toEqualTypeOf<string>()
  })

  it('takes dates, plain arrays and some of the tags on the way in', () => {
    const contents = { humanContent: 'q', assistantContent: 'a' }
    const given = {
      createdAt: new Date(),
      lastAccessed: new Date(),
      tags: { domains: ['d'] },
      embedding: [1],
    }
    expectTypeOf({ ...contents, ...given }).toExtend<MemoryNodeInput>()
    expectTypeOf({ ...contents, ...given }).toExtend<MemoryNodeInput>()
    expectTypeOf(given).toExtend<NodePatch>()
    expectTypeOf({
      ...contents,
      embedding: new Float32Array(1),
      source: undefined,
    }).toExtend<MemoryNodeInput>()
    expectTypeOf({
      id: 'e',
      messages: [],
      updatedAt: new Date(),
      embedding: [1],
    }).toExtend<EpisodicMemoryInput>()
    expectTypeOf({ humanContent: 'q' }).not.toExtend<MemoryNodeInput>()
    expectTypeOf({ ...contents, accessCount: '1' }).not.toExtend<MemoryNodeInput>()
    expectTypeOf<{ tenantId: string }>().not.toExtend<NodePatch>()
    expectTypeOf<keyof NodePatch>().exclude<'x'>().not.toExtend<'id' | 'tenantId' | 'userId'>()
    expectTypeOf<'id' | 'tenantId' | 'userId'>()
      .exclude<keyof NodePatch>()
      .toEqualTypeOf<'id' | 'tenantId' | 'userId'>()
  })
})
