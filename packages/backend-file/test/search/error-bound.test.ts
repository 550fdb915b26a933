import { describe, expect, it } from 'vitest'
import {
  maxColumns,
  queryLimit,
  queryMargin,
  querySumLimit,
  rowLimit,
  scoreBound,
} from '../../src/search/error-bound.js'
import { quantiseQuery } from '../../src/search/quantise-query.js'
import { noDirection, quantiseVector } from '../../src/search/quantise-vector.js'
import { seed } from '../simulated-disk/seed.js'
import { cosine, dot, sum, vectorRandom } from './random-vectors.js'
import { quantised } from './scan-setup.js'
import { families } from './vector-families.js'

/** The approximate score of a pair, as the kernels compute it, and the bound. */
function approximated(vector: Float32Array, query: Float32Array) {
  const integers = new Int8Array(vector.length)
  const { scale, error } = quantiseVector(vector, integers)
  const { integers: queryIntegers, scale: queryScale, error: queryError } = quantised(query)
  const approximate = dot(integers, queryIntegers) * (scale * queryScale)
  return { approximate, bound: scoreBound(approximate, error, queryMargin(queryError)), integers, error }
}

describe(`the error bound (seed ${seed})`, () => {
  it('holds for every pair', () => {
    const dimensions = [1, 2, 3, 4, 5, 8, 16, 17, 64, 100, 384, 1024, 4096, 16_000, maxColumns]
    for (const [family, make] of Object.entries(families)) {
      for (const columns of dimensions) {
        const random = vectorRandom(seed * 31 + columns)
        const { vectors, query } = make(random, columns, columns > 4096 ? 3 : 40)
        for (const each of [query, ...vectors.slice(0, 5)]) {
          if (each.every((value) => value === 0)) continue
          for (const vector of vectors) {
            if (vector.every((value) => value === 0)) continue
            const { approximate, bound } = approximated(vector, each)
            const distance = Math.abs(cosine(vector, each) - approximate)
            expect(distance, `${family}, ${columns} columns`).toBeLessThanOrEqual(bound)
          }
        }
      }
    }
  })

  it('is reached by a query along the error of a row, so that it could not be smaller', () => {
    for (const columns of [2, 3, 17, 384, 1024, 4096]) {
      const random = vectorRandom(seed + columns)
      let vector = random.vector(columns)
      const integers = new Int8Array(columns)
      // Of few columns some fit the integers so well that rounding is most of the bound.
      while (quantiseVector(vector, integers).error < 1e-3) vector = random.vector(columns)
      const { scale } = quantiseVector(vector, integers)
      const length = Math.sqrt(dot(vector, vector))
      const error = vector.map((value, column) => value / length - scale * (integers[column] ?? 0))
      const size = Math.sqrt(dot(error, error))
      for (const along of [0, 1, 5]) {
        const query = sum(error, (along * size) / length, vector)
        const { approximate, bound } = approximated(vector, query)
        const reached = (cosine(vector, query) - approximate) / bound
        expect(reached, `${columns} columns, ${along} along the row`).toBeGreaterThan(0.9)
        expect(reached).toBeLessThanOrEqual(1)
      }
    }
  })

  it('shrinks as the row and the query come to point the same way', () => {
    expect(scoreBound(0, 0.01, 0)).toBe(0.01)
    expect(scoreBound(0.8, 0.01, 0)).toBeCloseTo(0.006, 12)
    expect(scoreBound(-0.8, 0.01, 0)).toBeCloseTo(0.006, 12)
    expect(scoreBound(1, 0.01, 1e-6)).toBeGreaterThan(0.01 * Math.sqrt(1e-6))
    expect(scoreBound(1.1, 0.01, 1e-6)).toBe(1e-6)
  })
})

describe(`quantised vectors (seed ${seed})`, () => {
  it('are as close to theirs as the proof says: facts (b) and (c)', () => {
    const v = 2 ** -24
    for (const [family, make] of Object.entries(families)) {
      for (const columns of [1, 2, 3, 7, 8, 9, 100, 1024, 4096, maxColumns]) {
        const { vectors, query } = make(vectorRandom(seed * 7 + columns), columns, columns > 4096 ? 3 : 40)
        for (const vector of [query, ...vectors]) {
          const length = Math.sqrt(dot(vector, vector))
          if (length === 0) continue
          const integers = new Int8Array(columns)
          const { scale, error } = quantiseVector(vector, integers)
          const squares = dot(integers, integers)
          const closest = dot(vector, integers) / squares / length
          expect(Math.abs(scale - closest) * Math.sqrt(squares), family).toBeLessThanOrEqual(8 * v)
          let across = 0
          for (const [column, value] of vector.entries())
            across += (value / length - closest * (integers[column] ?? 0)) ** 2
          expect(Math.sqrt(across), `${family}, ${columns} columns`).toBeLessThanOrEqual(error + 1.1 * v)
        }
      }
    }
  })

  it('keep their integers within the limits', () => {
    for (const [family, make] of Object.entries(families)) {
      for (const columns of [1, 2, 100, 1024, 4096, maxColumns]) {
        const { vectors, query } = make(vectorRandom(seed + columns), columns, 3)
        for (const vector of [query, ...vectors]) {
          const integers = new Int8Array(columns)
          quantiseVector(vector, integers)
          const row = integers.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
          expect(row, family).toBe(vector.some((value) => value !== 0) ? rowLimit : 0)
          const { integers: queryIntegers = new Int16Array(1) } = quantiseQuery(vector) ?? {}
          const magnitudes = [...queryIntegers].map(Math.abs)
          expect(Math.max(...magnitudes.slice(0, 4096))).toBeLessThanOrEqual(queryLimit)
          expect(magnitudes.reduce((total, value) => total + value, 0)).toBeLessThanOrEqual(querySumLimit)
        }
      }
    }
  })

  it('use all of int16 for a query where the sum allows it', () => {
    const query = vectorRandom(seed).vector(1024)
    expect(Math.max(...quantised(query).integers.map(Math.abs))).toBe(queryLimit)
    expect(quantised(query).error).toBeLessThan(1e-4)
  })

  it('have no direction when all values are zero', () => {
    const into = Int8Array.of(1, 2)
    expect(quantiseVector(Float32Array.of(0, -0), into)).toEqual(noDirection)
    expect([...into]).toEqual([0, 0])
    expect(quantiseQuery(new Float32Array(3))).toBeUndefined()
  })

  it('refuse what is not finite, and more columns than the proof covers', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => quantiseVector(Float32Array.of(1, value), new Int8Array(2))).toThrow(RangeError)
      expect(() => quantiseQuery(Float32Array.of(1, value))).toThrow(RangeError)
    }
    const wide = new Float32Array(maxColumns + 1).fill(1)
    expect(() => quantiseVector(wide, new Int8Array(wide.length))).toThrow(RangeError)
    expect(() => quantiseQuery(wide)).toThrow(RangeError)
  })
})
