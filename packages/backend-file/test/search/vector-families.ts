import { quantiseVector } from '../../src/search/quantise-vector.js'
import { cosine, dot, scaled, sum, type VectorRandom } from './random-vectors.js'

/** Rows and the query that looks for them. */
export interface VectorSample {
  readonly vectors: readonly Float32Array[]
  readonly query: Float32Array
}

type MakeSample = (random: VectorRandom, columns: number, count: number) => VectorSample

const many = (count: number, make: (row: number) => Float32Array) =>
  Array.from({ length: count }, (_, row) => make(row))

/** 2^-149, the smallest float32 above 0. */
const smallest = 2 ** -149
const greatest = (2 - 2 ** -23) * 2 ** 127

const random: MakeSample = (from, columns, count) => ({
  vectors: many(count, () => from.vector(columns)),
  query: from.vector(columns),
})

/** Most rows are within the bound of the k-th. */
const clustered: MakeSample = (from, columns, count) => {
  const centre = from.vector(columns)
  const spread = 10 ** -from.below(8)
  const near = () => sum(centre, spread, from.vector(columns))
  return { vectors: many(count, near), query: near() }
}

const duplicated: MakeSample = (from, columns, count) => {
  const kinds = many(4, () => from.vector(columns))
  const pick = () => (kinds[from.below(4)] ?? from.vector(columns)).slice()
  return { vectors: many(count, pick), query: pick() }
}

/** The same direction in many lengths: equal but for what float64 rounds. */
const collinear: MakeSample = (from, columns, count) => {
  const direction = from.vector(columns)
  return {
    vectors: many(count, () => scaled(direction, 2 ** (from.below(40) - 20) * (from.below(2) ? 1 : -1))),
    query: direction,
  }
}

const tiny: MakeSample = (from, columns, count) => {
  const make = () => Float32Array.from({ length: columns }, () => (from.below(9) - 4) * smallest)
  return { vectors: many(count, make), query: make() }
}

const huge: MakeSample = (from, columns, count) => {
  const make = () => Float32Array.from({ length: columns }, () => (from.below(3) - 1) * greatest)
  return { vectors: many(count, make), query: make() }
}

/** Of every length and with values of very different size within a row. */
const uneven: MakeSample = (from, columns, count) => {
  const make = () =>
    Float32Array.from({ length: columns }, () => from.normal() * 2 ** (from.below(240) - 130))
  return { vectors: many(count, make), query: make() }
}

/** Mostly zeros, at times nothing else. */
const sparse: MakeSample = (from, columns, count) => {
  const make = () => {
    const vector = new Float32Array(columns)
    for (let values = from.below(4); values > 0; values--) vector[from.below(columns)] = from.normal()
    return vector
  }
  const query = make()
  query[from.below(columns)] = 1
  return { vectors: many(count, make), query }
}

/** One column so large that the integers of the others are small. */
const lopsided: MakeSample = (from, columns, count) => {
  const make = () => {
    const vector = from.vector(columns)
    vector[0] = 100 * from.normal()
    return vector
  }
  return { vectors: many(count, make), query: from.vector(columns) }
}

/** Between two integers or on one, or as close to that as float32 can be. */
const stepped: MakeSample = (from, columns, count) => {
  const make = () => {
    const halves = from.below(2) + 1
    const factor = from.below(2) === 0 ? 1 : 1 + from.below(2 ** 20) * 2 ** -20
    const vector = Float32Array.from({ length: columns }, () => {
      const near = 1 + (from.below(5) - 2) * 2 ** -23
      return (((from.below(127 * 2 * halves) - 127 * halves) * factor) / halves) * near
    })
    vector[from.below(columns)] = 127 * factor
    return vector
  }
  return { vectors: many(count, make), query: make() }
}

/** The part of a row's direction that its integers leave out. */
function leftOut(vector: Float32Array): Float32Array {
  const integers = new Int8Array(vector.length)
  const { scale } = quantiseVector(vector, integers)
  const length = Math.sqrt(dot(vector, vector))
  return vector.map((value, column) => value / length - scale * (integers[column] ?? 0))
}

const unit = (vector: Float32Array) => scaled(vector, 1 / Math.sqrt(dot(vector, vector)))

/**
 * Two rows of almost the same score whose errors lie along the query, one in each direction, so that the worse one
 * looks better by more than the error of either. All others are far away.
 */
const misleading: MakeSample = (from, columns, count) => {
  if (columns === 1) return random(from, columns, count)
  const better = unit(from.vector(columns))
  const error = leftOut(better)
  // Of a few, the one whose error is most opposed.
  const others = many(12, () => unit(from.vector(columns)))
  const worse = others.reduce((one, other) =>
    cosine(leftOut(other), error) < cosine(leftOut(one), error) ? other : one,
  )
  let query = unit(sum(error, -1, leftOut(worse)))
  const apart = sum(worse, -1, better)
  for (let turn = 0; turn < 3; turn++) {
    const lead = cosine(better, query) - cosine(worse, query)
    const wanted = 0.1 * Math.sqrt(dot(error, error))
    query = unit(sum(query, (lead - wanted) / dot(apart, apart), apart))
  }
  const vectors = many(count, () => sum(from.vector(columns), -Math.sqrt(columns), query))
  const at = from.below(count - 1)
  vectors[at] = worse
  vectors[at + 1] = better
  return { vectors, query }
}

export const families: Readonly<Record<string, MakeSample>> = {
  random,
  clustered,
  duplicated,
  collinear,
  tiny,
  huge,
  uneven,
  sparse,
  lopsided,
  stepped,
  misleading,
}
