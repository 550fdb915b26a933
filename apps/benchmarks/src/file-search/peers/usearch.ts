import { type OpenPeer, rowsIn } from './peer.js'

type Matrix = Float32Array | Int8Array

/** What is used of usearch 2. */
interface Usearch {
  readonly MetricKind: { readonly Cos: unknown }
  exactSearch(
    dataset: Matrix,
    query: Matrix,
    dimensions: number,
    count: number,
    metric: unknown,
    threads: number,
  ): { readonly keys: BigUint64Array }
}

const allCores = 0

/** usearch's search without an index, over float32 and over int8 as its own index of cosines makes them. */
export const openUsearch: OpenPeer = async (load, data) => {
  const usearch: Usearch = load('usearch')
  const { vectors, dimensions, topK } = data
  const small = new Int8Array(vectors.length)
  let at = 0
  for (const row of rowsIn(data)) {
    small.set(inInt8(row), at)
    at += dimensions
  }
  const search = (dataset: Matrix, query: Matrix) => {
    const { keys } = usearch.exactSearch(dataset, query, dimensions, topK, usearch.MetricKind.Cos, allCores)
    return Array.from(keys, Number)
  }
  return { f32: (query) => search(vectors, query), int8: (query) => search(small, inInt8(query)) }
}

/** A vector of length 1, times 127. */
function inInt8(vector: Float32Array): Int8Array {
  let squares = 0
  for (const value of vector) squares += value * value
  const factor = 127 / Math.sqrt(squares)
  return Int8Array.from(vector, (value) => Math.round(value * factor))
}
