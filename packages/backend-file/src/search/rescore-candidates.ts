import { type VectorBlock, vectorOf } from '../records/vector-blocks.js'
import type { Candidates } from './candidate-set.js'
import { KthLargest } from './kth-largest.js'
import { scoreRows } from './score-rows.js'
import { StaleRowError } from './stale-row-error.js'
import { type ScoredRow, TopK } from './top-k.js'

/** Reads vectors in full precision, in the order asked for, as `vectorBlocks` does. */
export type VectorReader = (rows: readonly number[]) => AsyncIterable<VectorBlock>

export interface Rescoring {
  readonly query: Float32Array
  readonly limit: number
  /** Inclusive. */
  readonly minScore: number
  readonly readVectors: VectorReader
  /** A row's place in the order; of equal scores the lower one comes first. */
  readonly positionOf: (row: number) => number
}

export interface Rescored {
  readonly best: readonly ScoredRow[]
  /** Vectors that were read and compared. */
  readonly rescored: number
}

/** Vectors that are read before the threshold is looked at again; enough for one read to be a large one. */
const roundRows = 1024

/**
 * Pass 2: the exact best of the candidates, scored as `searchRows` does. Those with the greatest upper bounds come
 * first, since their scores spare the reading of most others; the rest follows in the order of the rows.
 * @throws {StaleRowError} for an int8 row that is not the copy of its vector, or has none.
 * @throws {MemoryError} `CORRUPT` for a vector that holds something that is no number.
 */
export async function rescoreCandidates(
  candidates: Candidates,
  { query, limit, minScore, readVectors, positionOf }: Rescoring,
): Promise<Rescored> {
  const best = new TopK(limit, positionOf)
  const worstOfBest = new KthLargest(limit)
  const own = { dots: new Float64Array(1), squares: new Float64Array(1) }
  scoreRows(query, query, own, 1)
  const querySquares = own.squares[0] ?? 0
  let scores = { dots: new Float64Array(0), squares: new Float64Array(0) }
  let rescored = 0

  const rescore = async (places: readonly number[]) => {
    let next = 0
    for await (const block of readVectors(places.map((place) => candidates.rows[place] ?? 0))) {
      const count = block.rows.length
      if (scores.dots.length < count) {
        scores = { dots: new Float64Array(count), squares: new Float64Array(count) }
      }
      scoreRows(query, block.data, scores, count)
      for (let at = 0; at < count; at++) {
        const row = block.rows[at] ?? 0
        const squares = scores.squares[at] ?? 0
        // Names the value: not finite squares come from a value that is not.
        if (!Number.isFinite(squares)) vectorOf(block, at)
        const place = places[next] ?? -1
        next += 1
        const cosine = (scores.dots[at] ?? 0) / Math.sqrt(squares * querySquares)
        const score = Math.max(-1, Math.min(1, cosine))
        const isAsked = candidates.rows[place] === row
        const isWithin = score >= (candidates.lower[place] ?? 2) && score <= (candidates.upper[place] ?? -2)
        if (!isAsked || !isWithin) throw new StaleRowError(candidates.rows[place] ?? row)
        rescored += 1
        if (score < minScore) continue
        best.offer(row, score)
        worstOfBest.offer(score)
      }
    }
    const missing = candidates.rows[places[next] ?? -1]
    if (missing !== undefined) throw new StaleRowError(missing)
  }

  const first = mostPromising(candidates.upper, 2 * limit)
  await rescore(first)
  const done = new Set(first)
  let round: number[] = []
  for (const [place, upper] of candidates.upper.entries()) {
    if (done.has(place) || upper < worstOfBest.value) continue
    round.push(place)
    if (round.length < roundRows) continue
    await rescore(round)
    round = []
  }
  await rescore(round)
  return { best: best.sorted(), rescored }
}

/** Ascending places of the greatest values. */
function mostPromising(upper: readonly number[], count: number): number[] {
  const top = new TopK(Math.min(count, upper.length), (place) => place)
  for (const [place, value] of upper.entries()) top.offer(place, value)
  return top
    .sorted()
    .map(({ row }) => row)
    .sort((a, b) => a - b)
}
