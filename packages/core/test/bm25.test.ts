import { describe, expect, it } from 'vitest'
import { bm25, wordRarity, wordWeight } from '../src/index.js'

describe('BM25', () => {
  it('has the parameters of the contract', () => {
    expect(bm25).toEqual({ k1: 1.2, b: 0.75 })
  })

  it('counts a word by how few have it, and never below 0', () => {
    expect(wordRarity(10, 1)).toBeCloseTo(1.992430164690206, 14)
    expect(wordRarity(10, 10)).toBeCloseTo(0.04652001563489291, 14)
    expect(wordRarity(1, 1)).toBeGreaterThan(0)
    expect(wordRarity(1e9, 1e9)).toBeGreaterThan(0)
    expect(wordRarity(10, 2)).toBeLessThan(wordRarity(10, 1))
  })

  it('weighs frequency with diminishing returns, and long texts less', () => {
    expect(wordWeight(1, 8, 8)).toBe(1)
    expect(wordWeight(2, 8, 8)).toBeCloseTo(4.4 / 3.2, 14)
    expect(wordWeight(1, 16, 8)).toBeCloseTo(2.2 / 3.1, 14)
    expect(wordWeight(1, 4, 8)).toBeCloseTo(2.2 / 1.75, 14)
    expect(wordWeight(1_000_000, 8, 8)).toBeLessThan(bm25.k1 + 1)
  })
})
