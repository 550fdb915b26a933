import { type OpenPeer, rowsIn } from './peer.js'

interface Item {
  readonly vector: readonly number[]
  readonly metadata: { readonly row: number }
}

/** What is used of vectra. */
interface Vectra {
  readonly LocalIndex: new (
    folder: string,
  ) => {
    createIndex(): Promise<void>
    batchInsertItems(items: readonly Item[]): Promise<unknown>
    queryItems(
      vector: readonly number[],
      text: string,
      count: number,
    ): Promise<readonly { readonly item: Item }[]>
  }
}

/** vectra's local index: one file of JSON, all of it in memory. */
export const openVectra: OpenPeer = async (load, data) => {
  const { LocalIndex }: Vectra = load('vectra')
  const index = new LocalIndex(data.folder)
  await index.createIndex()
  const items = Array.from(rowsIn(data), (vector, row) => ({ vector: Array.from(vector), metadata: { row } }))
  await index.batchInsertItems(items)
  return {
    exact: async (query) => {
      const found = await index.queryItems(Array.from(query), '', data.topK)
      return found.map(({ item }) => item.metadata.row)
    },
  }
}
