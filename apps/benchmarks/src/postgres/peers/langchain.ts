import { metadataOf, type Peer, textOf } from './peer.js'

interface Document {
  readonly pageContent: string
  readonly metadata: object
}

/** What is used of `PGVectorStore`. */
interface Store {
  addVectors(vectors: readonly (readonly number[])[], documents: readonly Document[]): Promise<void>
  similaritySearchVectorWithScore(
    query: readonly number[],
    k: number,
    filter: object,
  ): Promise<readonly (readonly [{ readonly metadata: { readonly nodeId: string } }, number])[]>
  end(): Promise<void>
}

interface Langchain {
  readonly PGVectorStore: {
    initialize(embeddings: object, config: object): Promise<Store>
  }
}

/** LangChain's store of vectors. A tenant is a filter on the metadata, as its documentation does it. */
export const langchain: Peer = {
  name: 'langchain',
  label: 'LangChain PGVectorStore (community 1.1.29)',
  packages: ['@langchain/community@1.1.29', '@langchain/core@1.4.0', 'pg@8.23.1'],
  withOptional: false,
  async open(load, { url, schema, dimensions }) {
    const { PGVectorStore }: Langchain = load('@langchain/community/vectorstores/pgvector')
    const store = await PGVectorStore.initialize(
      {},
      {
        postgresConnectionOptions: { connectionString: url },
        tableName: 'nodes',
        schemaName: schema,
        distanceStrategy: 'cosine',
        dimensions,
      },
    )
    return {
      insert: (nodes) =>
        store.addVectors(
          nodes.map(({ embedding }) => Array.from(embedding)),
          nodes.map((node) => ({ pageContent: textOf(node), metadata: metadataOf(node) })),
        ),
      async search(query, tenantId, topK) {
        const found = await store.similaritySearchVectorWithScore(Array.from(query), topK, { tenantId })
        return found.map(([{ metadata }]) => metadata.nodeId)
      },
      [Symbol.asyncDispose]: () => store.end(),
    }
  },
}
