import type { StoredFile } from '../disk/stored-file.js'
import type { RecordIndex } from '../records/record-index.js'
import { hasRow, type Rows } from '../records/row-list.js'
import { vectorBlocks, vectorOf } from '../records/vector-blocks.js'
import { WorkSlices } from '../records/work-slices.js'
import { CopyMemory, type CopyMemoryOptions } from './copy-memory.js'
import type { CopyTaker } from './read-saved-copies.js'
import { type RowSegments, sortedSegmentsOf } from './row-segments.js'
import type { ReadSaved, SavedCopies } from './saved-copies.js'
import { StaleRowError } from './stale-row-error.js'
import { untilAborted } from './until-aborted.js'

/**
 * Rows whose copies are looked for together, so that little is needed to do so. Loops over rows count, because an
 * iterator makes an object for each of them, and what is made once too fast the engine keeps room for.
 */
const rowsAtOnce = 1 << 14

/** Rows whose copies are made within milliseconds: they do not wait until those of another owner's many rows are made. */
const fewRows = 4096

/** Where the copies of some rows are. */
interface Placed {
  /** How many rows. */
  readonly length: number
  /** Their owners. */
  readonly keys: readonly number[]
  /** Of the owners' slots. */
  readonly versions: readonly number[]
  readonly segments: RowSegments
}

/** Copies that one search has under its hold. */
export interface HeldCopies extends Pick<CopyMemory, 'kernel' | 'rows' | 'areas' | 'help'> {
  /** Slots of the rows that have a vector. */
  readonly segments: RowSegments
  readonly rowOf: (slot: number) => number
  /** Says that the copies are not those of the vectors. */
  discard(): void
}

/**
 * The int8 copies of an index's vectors, made when they are first searched. A row never gets another vector as long as
 * it can be read, so a copy is right until its row is recycled.
 */
export class VectorCopies {
  readonly #index: RecordIndex
  readonly #memory: CopyMemory
  readonly #saved: SavedCopies | undefined
  /** By the memory of the rows. */
  readonly #known = new WeakMap<ArrayBufferLike, Placed>()
  #madeCount = 0
  /** What each owner's copies are waited for. */
  readonly #filling = new Map<number, Promise<void>>()
  #largeFilling: Promise<void> = Promise.resolve()

  /**
   * @param saved those of an earlier process.
   * @returns `undefined` where the engine has no shared memory for them.
   */
  static create(
    index: RecordIndex,
    saved: SavedCopies | undefined,
    options: CopyMemoryOptions,
  ): VectorCopies | undefined {
    const memory = CopyMemory.create(options)
    return memory && new VectorCopies(index, saved, memory)
  }

  private constructor(index: RecordIndex, saved: SavedCopies | undefined, memory: CopyMemory) {
    this.#index = index
    this.#saved = saved
    this.#memory = memory
    index.onRecycled((rows) => memory.table.forget(rows))
  }

  /** How many copies there are. */
  get count(): number {
    return this.#memory.table.count
  }

  /** How many of them were made of vectors since {@link save} was last called. */
  get madeCount(): number {
    return this.#madeCount
  }

  /**
   * Hands `use` the copies of these rows, making those that are missing.
   * @returns `undefined`, without calling it, when they do not fit.
   * @throws {MemoryError} `CORRUPT` for a vector that holds something that is no number; the signal's reason.
   */
  async use<T>(
    rows: Rows,
    signal: AbortSignal | undefined,
    use: (copies: HeldCopies) => Promise<T>,
  ): Promise<T | undefined> {
    const { table, slots, kernel, rows: copies, areas, help } = this.#memory
    if (rows.length > slots) return undefined
    const known = this.#placed(rows)
    const keys = known?.keys ?? this.#ownersOf(rows)
    for (const key of keys) table.hold(key)
    try {
      for (const key of keys) if (table.isStale(key)) return undefined
      let placed = known
      if (placed === undefined) {
        if (!(await this.#fill(rows, keys, signal))) return undefined
        placed = this.#place(rows, keys)
      }
      return await use({
        kernel,
        rows: copies,
        areas,
        help,
        segments: placed.segments,
        rowOf: (slot) => {
          const row = table.rowOf(slot)
          // It cannot be another one; if it ever were, it would be of somebody else.
          if (!hasRow(rows, row, (of) => this.#index.position(of))) throw new StaleRowError(row)
          return row
        },
        discard: () => {
          for (const key of keys) table.discard(key)
        },
      })
    } finally {
      for (const key of keys) table.release(key)
    }
  }

  /**
   * Saves the copies of published vectors for the next process. The caller keeps the store's files open. When other
   * files are published meanwhile, nothing is saved, or what is saved is of those before.
   * @param least how many there must be to be worth it.
   */
  async save(matrix: StoredFile, least: number): Promise<void> {
    const saved = this.#saved
    if (saved === undefined) return
    const { table, rows } = this.#memory
    this.#madeCount = 0
    const release = table.holdAll()
    try {
      const all = this.#index.all()
      const [offsets, slots] = [new Float64Array(all.length), new Int32Array(all.length)]
      const slices = new WorkSlices(undefined)
      let count = 0
      for (let at = 0; at < all.length; at++) {
        if ((at & 1023) === 1023 && slices.isOver) await slices.rest()
        const row = all[at] ?? 0
        const [slot, offset] = [table.slotOf(row), this.#index.vectorOffset(row, matrix)]
        if (slot === undefined || offset < 0) continue
        offsets[count] = offset
        slots[count++] = slot
      }
      if (count < least) return await saved.remove()
      await saved.save(rows.columns, {
        matrix,
        offsets: offsets.subarray(0, count),
        copy: (at) => rows.bytes(slots[at] ?? 0),
      })
    } finally {
      release()
    }
  }

  /** To be called when nobody searches any more: lets go of the memory in other threads, which would keep it. */
  dispose(): void {
    this.#memory.dispose()
  }

  /** What is known of these rows since an earlier search. */
  #placed(rows: Rows): Placed | undefined {
    const known = rows instanceof Int32Array ? this.#known.get(rows.buffer) : undefined
    if (known?.length !== rows.length) return undefined
    return known.keys.every((key, at) => this.#memory.table.versionOf(key) === known.versions[at])
      ? known
      : undefined
  }

  #place(rows: Rows, keys: readonly number[]): Placed {
    const placed = {
      length: rows.length,
      keys,
      versions: keys.map((key) => this.#memory.table.versionOf(key)),
      segments: sortedSegmentsOf(this.#slotsOf(rows)),
    }
    // A view of a list always begins at its start, and what it shows never changes.
    if (rows instanceof Int32Array && rows.byteOffset === 0) this.#known.set(rows.buffer, placed)
    return placed
  }

  #ownersOf(rows: Rows): readonly number[] {
    const keys = new Set<number>()
    let last = Number.NaN
    for (let at = 0; at < rows.length; at++) {
      const key = this.#index.ownerKeyNumber(rows[at] ?? 0)
      if (key !== last) keys.add(key)
      last = key
    }
    return [...keys]
  }

  /**
   * One after the other for each owner, whose vectors two searches would read twice; and for many rows, since they
   * would take the memory from each other. Few rows wait for nobody else's.
   * @returns whether all fit.
   */
  async #fill(rows: Rows, keys: readonly number[], signal: AbortSignal | undefined): Promise<boolean> {
    if (!this.#lacksAny(rows)) return true
    const isLarge = rows.length > fewRows
    const before = Promise.all([
      ...keys.map((key) => this.#filling.get(key)),
      ...(isLarge ? [this.#largeFilling] : []),
    ])
    let end = () => {}
    const own = new Promise<void>((resolve) => {
      end = resolve
    })
    const after = before.then(() => own)
    for (const key of keys) this.#filling.set(key, after)
    if (isLarge) this.#largeFilling = after
    void after.then(() => {
      for (const key of keys) if (this.#filling.get(key) === after) this.#filling.delete(key)
    })
    try {
      await untilAborted(before, signal)
      // Not left before it has ended: what the rows stand for may change when the search is over.
      return await this.#copy(rows, isLarge ? this.#memory.blocks : [], signal)
    } finally {
      end()
    }
  }

  /** @param buffers for vectors; nobody else may use them until this has settled. */
  #copy(rows: Rows, buffers: readonly Float32Array[], signal: AbortSignal | undefined): Promise<boolean> {
    if (rows.length > rowsAtOnce) this.#memory.table.reserve(rows.length, greatestOf(rows) + 1)
    const copy = (read: ReadSaved | undefined) => this.#copyWith(rows, read, buffers, signal)
    return this.#saved === undefined ? copy(undefined) : this.#saved.use(this.#memory.rows.columns, copy)
  }

  async #copyWith(
    rows: Rows,
    read: ReadSaved | undefined,
    buffers: readonly Float32Array[],
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      const missing = this.#missing(rows.slice(from, from + rowsAtOnce))
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
        this.#madeCount += 1
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

  #lacksAny(rows: Rows): boolean {
    for (let at = 0; at < rows.length; at++) if (this.#lacks(rows[at] ?? 0)) return true
    return false
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

  #slotsOf(rows: Rows): Int32Array {
    const slots = new Int32Array(rows.length)
    let count = 0
    for (let at = 0; at < rows.length; at++) {
      const slot = this.#memory.table.slotOf(rows[at] ?? 0)
      if (slot !== undefined) slots[count++] = slot
    }
    return slots.subarray(0, count)
  }
}

function greatestOf(rows: Rows): number {
  let greatest = 0
  for (let at = 0; at < rows.length; at++) greatest = Math.max(greatest, rows[at] ?? 0)
  return greatest
}
