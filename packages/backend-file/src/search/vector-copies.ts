import type { StoredFile } from '../disk/stored-file.js'
import type { RecordIndex } from '../records/record-index.js'
import { hasRow, type Rows } from '../records/row-list.js'
import { WorkSlices } from '../records/work-slices.js'
import { CopyFiller } from './copy-filler.js'
import { CopyMemory, type CopyMemoryOptions } from './copy-memory.js'
import { PlacedCopies } from './placed-copies.js'
import type { RowSegments } from './row-segments.js'
import type { SavedCopies } from './saved-copies.js'
import { StaleRowError } from './stale-row-error.js'

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
  readonly #places: PlacedCopies
  readonly #filler: CopyFiller

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
    this.#places = new PlacedCopies(index, memory.table)
    this.#filler = new CopyFiller(index, memory, saved)
    index.onRecycled((rows) => memory.table.forget(rows))
  }

  /** How many copies there are. */
  get count(): number {
    return this.#memory.table.count
  }

  /** How many of them were made of vectors since {@link save} was last called. */
  get madeCount(): number {
    return this.#filler.madeCount
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
    const held = new Set<number>()
    const hold = (keys: readonly number[]) => {
      for (const key of keys) if (!held.has(key)) table.hold(key)
      for (const key of keys) held.add(key)
    }
    try {
      const known = this.#places.known(rows)
      hold(known?.keys ?? [])
      const others = known === undefined ? rows : rows.slice(known.length)
      const owners = await this.#places.ownersOf(others, signal)
      hold(owners)
      for (const key of held) if (table.isStale(key)) return undefined
      if (!(await this.#filler.fill(others, owners, signal))) return undefined
      const isKnown = known?.length === rows.length
      const placed = isKnown ? known : await this.#places.place(rows, known, [...held], signal)
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
          for (const key of held) table.discard(key)
        },
      })
    } finally {
      for (const key of held) table.release(key)
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
    this.#filler.madeCount = 0
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
}
