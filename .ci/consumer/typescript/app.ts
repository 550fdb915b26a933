// A user's program in strict TypeScript, compiled against the packed packages.
import { FileBackend } from '@holdfast/backend-file'
import { PostgresBackend } from '@holdfast/backend-postgres'
import { type Config, getBackend, loadConfig, openBackend } from '@holdfast/config'
import type {
  EmbeddingMatrix,
  EpisodicMemory,
  MemoryBackend,
  MemoryNode,
  NodeFilter,
  Scope,
  ScoredNode,
} from '@holdfast/core'
import { MemoryError } from '@holdfast/core'
import { copyMemories } from '@holdfast/migrator'
import { DualRetriever, type Embedder } from '@holdfast/retrieval'

const scope: Scope = { tenantId: 'acme' }
const filter: NodeFilter = { source: ['openai', 'anthropic'], createdAfter: '2025-01-01' }

export async function everything(embedder: Embedder): Promise<readonly MemoryNode[]> {
  await using files = await FileBackend.open({ dataDir: './data' })
  await using server = await PostgresBackend.open({
    connectionString: 'postgres://localhost/x',
    dimensions: 512,
  })
  const config: Config = await loadConfig('config.yaml')
  const backends: readonly MemoryBackend[] = [
    files,
    server,
    await getBackend(config),
    await openBackend('file:./d'),
  ]
  for (const backend of backends) {
    const hits: ScoredNode[] = await backend.vectorSearch([1, 2, 3], scope, { topK: 5, filter })
    const matrix: EmbeddingMatrix = await backend.getEmbeddings(scope)
    const episodes: EpisodicMemory[] = await backend.withScope(scope).getEpisodes()
    for await (const { nodes, cursor } of backend.scanNodes(scope)) console.log(nodes.length, cursor)
    console.log(hits[0]?.score, matrix.rows, episodes.length)
  }
  await copyMemories({ from: files, to: server, unowned: 'skip' })
  const retriever = await DualRetriever.load({ backend: files, tenantId: 'acme', embedder })
  const { process, context } = await retriever.retrieve('What did we promise?')
  console.log(context)
  return process.map((hit) => hit.node)
}

export function isLocked(error: unknown): boolean {
  return error instanceof MemoryError && error.code === 'LOCKED'
}
