import { describe, expect, it } from 'vitest'
import { scoreToReach, topScores } from '../src/search/top-scores.js'

const scores = [0.5, -1, 1, 0.5, 0, 0.25].map((score, index) => ({ score, position: 10 - index }))
const found = (topK: number, minScore: number) =>
  topScores(scores, { topK, minScore }).map(({ score, position }) => [score, position])

describe('the highest scores', () => {
  it('stand best first, and of equal ones the first inserted', () => {
    expect(found(10, -1)).toEqual([
      [1, 8],
      [0.5, 7],
      [0.5, 10],
      [0.25, 5],
      [0, 6],
      [-1, 9],
    ])
    expect(found(2, -1)).toEqual([
      [1, 8],
      [0.5, 7],
    ])
    expect(found(0, -1)).toEqual([])
  })

  it('reach the lowest that was asked for', () => {
    expect(found(10, 0.5)).toEqual([
      [1, 8],
      [0.5, 7],
      [0.5, 10],
    ])
    expect(found(10, 1.5)).toEqual([])
  })

  it('leave the list that they are taken from as it was', () => {
    const before = [...scores]
    found(3, -1)
    expect(scores).toEqual(before)
  })
})

describe('the score to reach', () => {
  it('is the last one once all places are taken, the lowest asked for before', () => {
    const best = topScores(scores, { topK: 3, minScore: -1 })
    expect(scoreToReach(best, { topK: 3, minScore: -1 })).toBe(0.5)
    expect(scoreToReach(best, { topK: 4, minScore: -1 })).toBe(-1)
    const four = topScores(scores, { topK: 4, minScore: -1 })
    expect(scoreToReach(four, { topK: 4, minScore: -1 })).toBe(0.25)
    expect(scoreToReach(best, { topK: 2, minScore: -1 })).toBe(0.5)
    expect(scoreToReach([], { topK: 1, minScore: 0.1 })).toBe(0.1)
    expect(scoreToReach([], { topK: 0, minScore: 0.1 })).toBe(0.1)
  })
})
