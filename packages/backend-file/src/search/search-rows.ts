import type { RecordIndex } from '../records/record-index.js'
import type { Rows } from '../records/row-list.js'
import { vectorBlocks, vectorOf } from '../records/vector-blocks.js'
import { type ScoreKernel, scoreRows } from './score-rows.js'
import { type ScoredRow, TopK } from './top-k.js'

/** What was found, and how many vectors were compared for it. */
export interface SearchOutcome {
  readonly best: readonly ScoredRow[]
  readonly scored: number
}

export interface SearchRequest {
  readonly query: Float32Array
  /** The rows to compare, in insertion order; no other is read. */
  readonly rows: Rows
  readonly topK: number
  /** Inclusive. */
  readonly minScore: number
}

/**
 * The exact best rows by cosine similarity, computed in float64; of equal scores the first inserted comes first. The
 * event loop gets its turn with every block of rows, since the next one is awaited from the disk.
 * @throws {MemoryError} `CORRUPT` for a row that holds something that is no number; the signal's reason.
 */
export async function searchRows(
  index: RecordIndex,
  { query, rows, topK, minScore }: SearchRequest,
  signal: AbortSignal | undefined,
  kernel: ScoreKernel = scoreRows,
): Promise<SearchOutcome> {
  const best = new TopK(Math.min(topK, rows.length), (row) => index.position(row))
  const own = { dots: new Float64Array(1), squares: new Float64Array(1) }
  kernel(query, query, own, 1)
  const querySquares = own.squares[0] ?? 0
  let scores = { dots: new Float64Array(0), squares: new Float64Array(0) }
  let scored = 0
  for await (const block of vectorBlocks(index, rows, signal)) {
    const count = block.rows.length
    if (scores.dots.length < count) {
      scores = { dots: new Float64Array(count), squares: new Float64Array(count) }
    }
    kernel(query, block.data, scores, count)
    for (let at = 0; at < count; at++) {
      const squares = scores.squares[at] ?? 0
      if (squares === 0) continue
      // Names the value: not finite squares come from a value that is not.
      if (!Number.isFinite(squares)) vectorOf(block, at)
      scored += 1
      // One root of the product, not two roots: a vector's similarity to itself is then exactly 1.
      const cosine = (scores.dots[at] ?? 0) / Math.sqrt(squares * querySquares)
      const score = Math.max(-1, Math.min(1, cosine))
      if (score >= minScore) best.offer(block.rows[at] ?? 0, score)
    }
  }
  return { best: best.sorted(), scored }
}
