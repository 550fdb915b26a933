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

/** usearch's search without an index, over float32 and over int8. */
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

/**
 * With the largest value at 127. A cosine does not depend on a vector's length, and of vectors of one length, as
 * usearch's own index makes them, fewer bits would be left: it would find less.
 */
function inInt8(vector: Float32Array): Int8Array {
  const factor = 127 / vector.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE)
  return Int8Array.from(vector, (value) => Math.round(value * factor))
}
