import type { RowSegments } from './row-segments.js'

/** Int32 values at the start: places of what is in them. */
const nextAt = 0
const cancelledAt = 1
const thresholdAt = 2
const helperCountAt = 3
const chunkCountAt = 4
const header = 5

/** What has become of a helper's part. */
const waiting = 0
const begun = 1
const withdrawn = 2

/** Who has taken a chunk; helper 0 comes behind the caller. Nobody: 0. */
const caller = 1

/** Steps of a threshold in an int32: fine enough beside any error of int8, and no score leaves the range. */
const thresholdSteps = 2 ** 29
const thresholdRange = { least: -2, greatest: 3 } as const

/**
 * One scan that several threads do together, in shared memory of its own: the rows in chunks, which of them are taken,
 * and a threshold that all of them raise. The caller scans too; the others are its helpers, numbered from 0.
 */
export class SharedScan {
  readonly buffer: SharedArrayBuffer
  readonly segments: RowSegments
  readonly chunkCount: number
  readonly #header: Int32Array
  readonly #helpers: Int32Array
  readonly #owners: Int32Array
  /** Number of the first row of each chunk among those of the segments, and how many there are. */
  readonly #starts: Int32Array

  /** @param sizes rows of the chunks, in their order: together those of the segments. */
  static create(segments: RowSegments, sizes: readonly number[], helpers: number): SharedScan {
    const length = header + helpers + 2 * sizes.length + 1 + segments.length
    const values = new Int32Array(new SharedArrayBuffer(length * 4))
    values[thresholdAt] = thresholdRange.least * thresholdSteps
    values[helperCountAt] = helpers
    values[chunkCountAt] = sizes.length
    let start = 0
    for (const [chunk, size] of sizes.entries()) {
      start += size
      values[header + helpers + sizes.length + chunk + 1] = start
    }
    values.set(segments, length - segments.length)
    return new SharedScan(values.buffer)
  }

  /** @param buffer of a scan that this or another thread has created. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#header = new Int32Array(buffer, 0, header)
    const helpers = this.#header[helperCountAt] ?? 0
    this.chunkCount = this.#header[chunkCountAt] ?? 0
    let at = header
    const part = (length: number) => {
      const values = new Int32Array(buffer, at * 4, length)
      at += length
      return values
    }
    this.#helpers = part(helpers)
    this.#owners = part(this.chunkCount)
    this.#starts = part(this.chunkCount + 1)
    this.segments = new Int32Array(buffer, at * 4)
  }

  /** The number of a chunk that nobody had; `undefined` when there is none, and when the scan was cancelled. */
  take(helper: number | 'caller'): number | undefined {
    if (this.isCancelled) return undefined
    const chunk = Atomics.add(this.#header, nextAt, 1)
    if (chunk >= this.chunkCount) return undefined
    Atomics.store(this.#owners, chunk, helper === 'caller' ? caller : caller + 1 + helper)
    return chunk
  }

  /** Numbers of its rows among those of the segments, the last left out. */
  rowsOf(chunk: number): { readonly from: number; readonly to: number } {
    return { from: this.#starts[chunk] ?? 0, to: this.#starts[chunk + 1] ?? 0 }
  }

  /** At most a k-th largest lower bound of rows of this scan. */
  get threshold(): number {
    return Atomics.load(this.#header, thresholdAt) / thresholdSteps
  }

  /** Rounds down. */
  raise(threshold: number): void {
    const { least, greatest } = thresholdRange
    const step = Math.floor(Math.max(least, Math.min(greatest, threshold)) * thresholdSteps)
    let seen = Atomics.load(this.#header, thresholdAt)
    while (seen < step) {
      const found = Atomics.compareExchange(this.#header, thresholdAt, seen, step)
      if (found === seen) return
      seen = found
    }
  }

  /** Nobody takes another chunk. */
  cancel(): void {
    Atomics.store(this.#header, cancelledAt, 1)
  }

  get isCancelled(): boolean {
    return Atomics.load(this.#header, cancelledAt) === 1
  }

  /** To be called by a helper first. @returns whether it is still wanted: else it must not touch anything. */
  begin(helper: number): boolean {
    return Atomics.compareExchange(this.#helpers, helper, waiting, begun) === waiting
  }

  /** @returns whether the helper has not begun, and never will. */
  withdraw(helper: number): boolean {
    return Atomics.compareExchange(this.#helpers, helper, waiting, withdrawn) === waiting
  }

  /**
   * The chunks that neither the caller nor one of these helpers has taken. Once all are taken and all helpers have
   * stopped, those are the chunks of helpers that came to harm.
   */
  notTakenBy(helpers: readonly number[]): number[] {
    const known = new Set([caller, ...helpers.map((helper) => caller + 1 + helper)])
    const others: number[] = []
    for (const [chunk, owner] of this.#owners.entries()) if (!known.has(owner)) others.push(chunk)
    return others
  }
}
