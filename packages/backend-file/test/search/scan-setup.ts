import type { VectorBlock } from '../../src/records/vector-blocks.js'
import { CandidateSet, type Candidates } from '../../src/search/candidate-set.js'
import { loadScanKernel } from '../../src/search/load-scan-kernel.js'
import { type QuantisedQuery, quantiseQuery } from '../../src/search/quantise-query.js'
import { QuantisedRows, rowStride } from '../../src/search/quantised-rows.js'
import type { RowSegments } from '../../src/search/row-segments.js'
import { ScanAreas } from '../../src/search/scan-areas.js'
import { scanAreaBytes, scanCandidates } from '../../src/search/scan-candidates.js'
import type { ScanKernel } from '../../src/search/scan-kernel.js'
import { scoreRows } from '../../src/search/score-rows.js'
import type { ScoredRow } from '../../src/search/top-k.js'
import { type GrowingMemory, type WebAssemblyPart, webAssembly } from '../../src/wasm/web-assembly.js'

/** Memory of WebAssembly that holds at least so many bytes. */
export function sharedMemory(bytes: number): GrowingMemory {
  if (webAssembly === undefined) throw new Error('these tests need WebAssembly')
  return new webAssembly.Memory({ initial: Math.ceil(bytes / 65_536), maximum: 65_536, shared: true })
}

/** WebAssembly as on a processor that cannot run our modules. */
export function withoutSimd(): WebAssemblyPart {
  if (webAssembly === undefined) throw new Error('these tests need WebAssembly')
  const { Memory, Module, Instance } = webAssembly
  return { Memory, Module, Instance, validate: () => false }
}

/** Int8 copies of vectors, and what a scan of them needs. */
export interface ScanSetup {
  readonly kernel: ScanKernel
  readonly rows: QuantisedRows
  readonly area: number
  readonly areas: ScanAreas
}

/** @param errorFactor below 1 makes every bound too small. */
export function setUpScan(vectors: readonly Float32Array[], columns: number, errorFactor = 1): ScanSetup {
  const start = Math.ceil(scanAreaBytes(columns) / 8) * 8
  const memory = sharedMemory(start + vectors.length * rowStride(columns))
  const rows = new QuantisedRows(memory, start, columns)
  for (const [row, vector] of vectors.entries()) {
    rows.write(row, vector)
    if (errorFactor !== 1) {
      rows.writeScale(row, { scale: rows.scale(row), error: rows.error(row) * errorFactor })
    }
  }
  return { kernel: loadScanKernel(memory), rows, area: 0, areas: new ScanAreas([0]) }
}

export function quantised(query: Float32Array): QuantisedQuery {
  const result = quantiseQuery(query)
  if (result === undefined) throw new Error('the query has no direction')
  return result
}

/** What pass 1 leaves, and how many rows it has compared. */
export function scanned(
  setup: ScanSetup,
  query: Float32Array,
  { segments, limit, minScore }: { segments: RowSegments; limit: number; minScore: number },
): { readonly candidates: Candidates; readonly compared: number } {
  const set = new CandidateSet(limit, minScore)
  const scan = scanCandidates({ ...setup, segments, query: quantised(query) }, set)
  for (;;) {
    const step = scan.next()
    if (step.done === true) return { candidates: set.survivors(), compared: step.value }
  }
}

/** The best rows by a full sort of what today's search computes. */
export function exactBest(
  vectors: readonly Float32Array[],
  query: Float32Array,
  rows: readonly number[],
  { limit, minScore, positionOf }: { limit: number; minScore: number; positionOf: (row: number) => number },
): readonly ScoredRow[] {
  const own = { dots: new Float64Array(1), squares: new Float64Array(1) }
  scoreRows(query, query, own, 1)
  const querySquares = own.squares[0] ?? 0
  const all: ScoredRow[] = []
  for (const row of rows) {
    scoreRows(query, vectors[row] ?? new Float32Array(query.length), own, 1)
    const squares = own.squares[0] ?? 0
    if (squares === 0) continue
    const score = Math.max(-1, Math.min(1, (own.dots[0] ?? 0) / Math.sqrt(squares * querySquares)))
    if (score >= minScore) all.push({ row, score })
  }
  return all.sort((a, b) => b.score - a.score || positionOf(a.row) - positionOf(b.row)).slice(0, limit)
}

/** Reads from an array in blocks of a few rows. */
export function readFrom(vectors: readonly Float32Array[], asked: number[][] = []) {
  return async function* (rows: readonly number[]): AsyncGenerator<VectorBlock> {
    asked.push([...rows])
    for (let from = 0; from < rows.length; from += 7) {
      const some = rows.slice(from, from + 7)
      const columns = vectors[0]?.length ?? 0
      const data = new Float32Array(some.length * columns)
      for (const [at, row] of some.entries()) data.set(vectors[row] ?? [], at * columns)
      yield { rows: some, columns, data, places: [] }
    }
  }
}
