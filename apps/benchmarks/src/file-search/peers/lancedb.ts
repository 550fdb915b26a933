import type { OpenPeer } from './peer.js'

interface Query {
  distanceType(type: 'cosine'): Query
  bypassVectorIndex(): Query
  limit(count: number): Query
  select(columns: readonly string[]): Query
  toArray(): Promise<readonly { readonly row: number }[]>
}

/** What is used of LanceDB. */
interface Lancedb {
  connect(path: string): Promise<{
    createTable(name: string, data: unknown): Promise<{ vectorSearch(query: Float32Array): Query }>
  }>
}

type Make<Arguments extends readonly unknown[]> = new (...values: Arguments) => object

/** What is used of Apache Arrow, which LanceDB takes its data in. */
interface Arrow {
  readonly Float32: Make<[]>
  readonly Int32: Make<[]>
  readonly Field: Make<[name: string, type: object, nullable: boolean]>
  readonly FixedSizeList: Make<[length: number, child: object]>
  readonly Schema: Make<[fields: readonly object[]]>
  readonly Struct: Make<[fields: readonly object[]]>
  readonly RecordBatch: Make<[schema: object, data: object]>
  readonly Table: Make<[schema: object, batches: readonly object[]]>
  makeData(description: object): object
}

const batchRows = 10_000

/** LanceDB without an index: it reads the column of vectors for each search. */
export const openLancedb: OpenPeer = async (load, { vectors, dimensions, topK, folder }) => {
  const lancedb: Lancedb = load('@lancedb/lancedb')
  const arrow: Arrow = load('apache-arrow')
  const item = new arrow.Field('item', new arrow.Float32(), true)
  const list = new arrow.FixedSizeList(dimensions, item)
  const fields = [new arrow.Field('row', new arrow.Int32(), false), new arrow.Field('vector', list, false)]
  const schema = new arrow.Schema(fields)
  const batches = []
  const count = vectors.length / dimensions
  for (let start = 0; start < count; start += batchRows) {
    const length = Math.min(batchRows, count - start)
    const values = vectors.subarray(start * dimensions, (start + length) * dimensions)
    const child = arrow.makeData({ type: new arrow.Float32(), length: values.length, data: values })
    const numbers = Int32Array.from({ length }, (_, index) => start + index)
    const children = [
      arrow.makeData({ type: new arrow.Int32(), length, data: numbers }),
      arrow.makeData({ type: list, length, nullCount: 0, child }),
    ]
    const struct = arrow.makeData({ type: new arrow.Struct(fields), length, nullCount: 0, children })
    batches.push(new arrow.RecordBatch(schema, struct))
  }
  const database = await lancedb.connect(folder)
  const table = await database.createTable('nodes', new arrow.Table(schema, batches))
  return {
    exact: async (query) => {
      const search = table.vectorSearch(query).distanceType('cosine').bypassVectorIndex()
      const found = await search.limit(topK).select(['row', '_distance']).toArray()
      return found.map(({ row }) => row)
    },
  }
}
