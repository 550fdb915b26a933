import type { SampleNode } from '../sample-nodes.js'
import { metadataOf, type Peer, textOf } from './peer.js'

/** What is used of `PgVector`. */
interface PgVector {
  createIndex(options: object): Promise<void>
  upsert(options: {
    readonly indexName: string
    readonly vectors: readonly (readonly number[])[]
    readonly metadata: readonly object[]
    readonly ids: readonly string[]
    readonly namespace: string
  }): Promise<unknown>
  query(options: {
    readonly indexName: string
    readonly queryVector: readonly number[]
    readonly topK: number
    readonly namespace: string
  }): Promise<readonly { readonly id: string }[]>
  disconnect(): Promise<void>
}

interface Mastra {
  readonly PgVector: new (config: object) => PgVector
}

const indexName = 'nodes'

/** Mastra's store of vectors, without an index over vectors, so that it finds all. A tenant is one of its namespaces. */
export const mastra: Peer = {
  name: 'mastra',
  label: 'Mastra PgVector (1.27.1)',
  packages: ['@mastra/pg@1.27.1', '@mastra/core@1.71.0'],
  withOptional: false,
  async open(load, { url, schema, dimensions }) {
    const { PgVector }: Mastra = load('@mastra/pg')
    const store = new PgVector({ id: 'bench', connectionString: url, schemaName: schema })
    await store.createIndex({
      indexName,
      dimension: dimensions,
      metric: 'cosine',
      indexConfig: { type: 'flat' },
      buildIndex: false,
    })
    return {
      async insert(nodes) {
        for (const [namespace, group] of byTenant(nodes)) {
          await store.upsert({
            indexName,
            namespace,
            vectors: group.map(({ embedding }) => Array.from(embedding)),
            metadata: group.map((node) => ({ ...metadataOf(node), text: textOf(node) })),
            ids: group.map(({ id }) => id),
          })
        }
      },
      async search(query, namespace, topK) {
        const found = await store.query({ indexName, queryVector: Array.from(query), topK, namespace })
        return found.map(({ id }) => id)
      },
      [Symbol.asyncDispose]: () => store.disconnect(),
    }
  },
}

function byTenant(nodes: readonly SampleNode[]): ReadonlyMap<string, readonly SampleNode[]> {
  const groups = new Map<string, SampleNode[]>()
  for (const node of nodes) {
    const group = groups.get(node.tenantId)
    if (group) group.push(node)
    else groups.set(node.tenantId, [node])
  }
  return groups
}
