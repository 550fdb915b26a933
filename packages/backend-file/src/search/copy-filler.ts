import type { RecordIndex } from '../records/record-index.js'
import type { Rows } from '../records/row-list.js'
import { untilAborted } from '../records/until-aborted.js'
import { vectorBlocks, vectorOf } from '../records/vector-blocks.js'
import { WorkSlices } from '../records/work-slices.js'
import type { CopyMemory } from './copy-memory.js'
import { type CopyTaker, leastOfBlock } from './read-saved-copies.js'
import { inParts, partRows } from './row-parts.js'
import type { ReadSaved, SavedCopies } from './saved-copies.js'

/** Rows whose copies are made within milliseconds: they do not wait until those of another owner's many rows are made. */
const fewRows = 4096

/** Makes the copies that rows lack: takes them over from an earlier process, or makes them of the vectors. */
export class CopyFiller {
  readonly #index: RecordIndex
  readonly #memory: CopyMemory
  readonly #saved: SavedCopies | undefined
  /** How many copies were made of vectors. */
  madeCount = 0
  /** What each owner's copies are waited for. */
  readonly #filling = new Map<number, Promise<void>>()
  #largeFilling: Promise<void> = Promise.resolve()

  /** @param saved those of an earlier process. */
  constructor(index: RecordIndex, memory: CopyMemory, saved: SavedCopies | undefined) {
    this.#index = index
    this.#memory = memory
    this.#saved = saved
  }

  /**
   * One after the other for each owner, whose vectors two searches would read twice; and for many rows, since they
   * would take the memory from each other. Few rows wait for nobody else's.
   * @param keys the owners of these rows, which are held.
   * @returns whether all fit.
   * @throws {MemoryError} `CORRUPT` for a vector that holds something that is no number; the signal's reason.
   */
  async fill(rows: Rows, keys: readonly number[], signal: AbortSignal | undefined): Promise<boolean> {
    const end = await this.#endOfMissing(rows, signal)
    if (end === undefined) return true
    const isLarge = rows.length > fewRows
    const before = Promise.all([
      ...keys.map((key) => this.#filling.get(key)),
      ...(isLarge ? [this.#largeFilling] : []),
    ])
    let finish = () => {}
    const own = new Promise<void>((resolve) => {
      finish = resolve
    })
    const after = before.then(() => own)
    for (const key of keys) this.#filling.set(key, after)
    if (isLarge) this.#largeFilling = after
    void after.then(() => {
      for (const key of keys) if (this.#filling.get(key) === after) this.#filling.delete(key)
    })
    try {
      await untilAborted(before, signal)
      if (isLarge) this.#memory.table.reserve(rows.length, end)
      // Not left before it has ended: what the rows stand for may change when the search is over.
      return await this.#copy(rows, isLarge ? this.#memory.buffers : [], signal)
    } finally {
      finish()
    }
  }

  /** @param buffers for vectors; nobody else may use them until this has settled. */
  #copy(rows: Rows, buffers: readonly Float32Array[], signal: AbortSignal | undefined): Promise<boolean> {
    const copy = (read: ReadSaved | undefined) => this.#copyWith(rows, read, buffers, signal)
    if (this.#saved === undefined || rows.length < leastOfBlock) return copy(undefined)
    return this.#saved.use(this.#memory.rows.columns, copy)
  }

  async #copyWith(
    rows: Rows,
    read: ReadSaved | undefined,
    buffers: readonly Float32Array[],
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const slices = new WorkSlices(signal)
    for (let from = 0; from < rows.length; from += partRows) {
      if (from > 0 && slices.isOver) await slices.rest()
      const missing = this.#missing(rows.slice(from, from + partRows))
      if (missing.length === 0) continue
      const left = await this.#takeSaved(missing, read, signal)
      if (!(await this.#make(left, buffers, signal))) return false
    }
    return true
  }
  async #make(
    rows: Rows,
    buffers: readonly Float32Array[],
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    for await (const block of vectorBlocks(this.#index, rows, signal, { buffers })) {
      for (let at = 0; at < block.rows.length; at++) {
        const row = block.rows[at] ?? 0
        const vector = block.data.subarray(at * block.columns, (at + 1) * block.columns)
        try {
          if (!this.#memory.make(this.#index.ownerKeyNumber(row), row, vector)) return false
        } catch (error) {
          // Names the value and its place.
          vectorOf(block, at)
          throw error
        }
        this.madeCount += 1
      }
    }
    return true
  }

  /** @returns the rows that no copies were saved of. */
  async #takeSaved(rows: Rows, read: ReadSaved | undefined, signal: AbortSignal | undefined): Promise<Rows> {
    if (read === undefined) return rows
    const taker: CopyTaker = {
      offsetIn: (row, matrix) => this.#index.vectorOffset(row, matrix),
      take: (copies) => this.#memory.put(copies, (row) => this.#index.ownerKeyNumber(row)),
    }
    const left = await read(rows, taker, signal)
    // Where the reading came to an end in the middle, some have theirs already.
    return this.#missing(left)
  }

  /** @returns one more than the greatest of these rows, `undefined` when none of them lacks its copy. */
  async #endOfMissing(rows: Rows, signal: AbortSignal | undefined): Promise<number | undefined> {
    let [isMissing, greatest] = [false, 0]
    await inParts(rows.length, signal, (from, to) => {
      for (let at = from; at < to; at++) {
        const row = rows[at] ?? 0
        if (row > greatest) greatest = row
        isMissing ||= this.#lacks(row)
      }
      return false
    })
    return isMissing ? greatest + 1 : undefined
  }

  #missing(rows: Rows): Rows {
    const missing = new Int32Array(rows.length)
    let count = 0
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at] ?? 0
      if (this.#lacks(row)) missing[count++] = row
    }
    return missing.subarray(0, count)
  }

  #lacks(row: number): boolean {
    return this.#memory.table.slotOf(row) === undefined && this.#index.hasVector(row)
  }
}
