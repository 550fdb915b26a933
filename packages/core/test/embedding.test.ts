import { describe, expect, it } from 'vitest'
import { parseMemoryNode } from '../src/index.js'
import { memoryErrorOf } from './support/catching.js'

const base = { humanContent: 'q', assistantContent: 'a' }

describe('embedding', () => {
  const embedding = (value: unknown) => parseMemoryNode({ ...base, embedding: value }).embedding

  it('is a copy, rounded to float32', () => {
    const given = new Float32Array([0.1, -0, 1e-45, 3.4e38])
    expect(embedding(given)).toEqual(given)
    expect(embedding(given)).not.toBe(given)
    expect(embedding([0.1, 2])).toEqual(new Float32Array([0.1, 2]))
    expect(embedding(new Float32Array(8).fill(7).subarray(2, 4))).toEqual(new Float32Array([7, 7]))
  })

  it.each([[undefined], [null], [[0, 0]], [[-0]], [new Float32Array(3)], [[1e-50]]])(
    'is absent for %o',
    (value) => {
      expect('embedding' in parseMemoryNode({ ...base, embedding: value })).toBe(false)
    },
  )

  it.each<[unknown]>([
    [[]],
    [new Float32Array(0)],
    [[Number.NaN]],
    [[1, Number.POSITIVE_INFINITY]],
    [[1e39]],
    [['1']],
    [[null]],
    [[1n]],
    [new Array(2)],
    [new Float64Array([1])],
    ['AAAA'],
    [{ length: 1, 0: 1 }],
    [5],
    [new Float32Array(16_001).fill(1)],
  ])('refuses %o', (value) => {
    const error = memoryErrorOf(() => embedding(value))
    expect(error.code).toBe('INVALID_EMBEDDING')
    expect(error.message).toContain('node.embedding')
  })

  it('may have 16,000 values', () => {
    expect(embedding(new Float32Array(16_000).fill(1))).toHaveLength(16_000)
  })
})
