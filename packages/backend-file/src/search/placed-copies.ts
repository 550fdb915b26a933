import type { RecordIndex } from '../records/record-index.js'
import type { Rows } from '../records/row-list.js'
import { inParts } from './row-parts.js'
import { mergedSegments, type RowSegments, sortedSegmentsOf } from './row-segments.js'
import type { SlotTable } from './slot-table.js'

/** Where the copies of some rows are. */
export interface Placed {
  /** How many rows. */
  readonly length: number
  /** Their owners. */
  readonly keys: readonly number[]
  /** Of the owners' slots. */
  readonly versions: readonly number[]
  /** Slots of the rows that have a vector. */
  readonly segments: RowSegments
}

/**
 * Finds the slots of rows, and remembers those of lists, so that after a record was added only its row is looked up. Loops
 * count, because an iterator makes an object for each row.
 */
export class PlacedCopies {
  readonly #index: RecordIndex
  readonly #table: SlotTable
  /** By the memory of the rows. */
  readonly #known = new WeakMap<ArrayBufferLike, Placed>()

  constructor(index: RecordIndex, table: SlotTable) {
    this.#index = index
    this.#table = table
  }

  /** What is known of these rows, or of the first of them, since an earlier search. */
  known(rows: Rows): Placed | undefined {
    const known = isList(rows) ? this.#known.get(rows.buffer) : undefined
    if (known === undefined || known.length > rows.length) return undefined
    return known.keys.every((key, at) => this.#table.versionOf(key) === known.versions[at])
      ? known
      : undefined
  }

  /** @throws the signal's reason. */
  async ownersOf(rows: Rows, signal: AbortSignal | undefined): Promise<readonly number[]> {
    const keys = new Set<number>()
    let last = Number.NaN
    await inParts(rows.length, signal, (from, to) => {
      for (let at = from; at < to; at++) {
        const key = this.#index.ownerKeyNumber(rows[at] ?? 0)
        if (key !== last) keys.add(key)
        last = key
      }
      return false
    })
    return [...keys]
  }

  /**
   * To be called while the owners are held and all of the rows that have a vector have a copy.
   * @param known of the first of them. @param keys the owners of all.
   * @throws the signal's reason.
   */
  async place(
    rows: Rows,
    known: Placed | undefined,
    keys: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<Placed> {
    // Before: when a row that is not among these loses its slot meanwhile, it is only looked up once more.
    const versions = keys.map((key) => this.#table.versionOf(key))
    const first = known?.length ?? 0
    const slots = new Int32Array(rows.length - first)
    let count = 0
    await inParts(slots.length, signal, (from, to) => {
      for (let at = from; at < to; at++) {
        const slot = this.#table.slotOf(rows[first + at] ?? 0)
        if (slot !== undefined) slots[count++] = slot
      }
      return false
    })
    const own = sortedSegmentsOf(slots.subarray(0, count))
    const segments = known === undefined ? own : mergedSegments(known.segments, own)
    const placed = { length: rows.length, keys, versions, segments }
    if (isList(rows)) this.#known.set(rows.buffer, placed)
    return placed
  }
}

/** A view of a list always begins at its start, and what it shows never changes; more may be added behind it. */
function isList(rows: Rows): rows is Int32Array {
  return rows instanceof Int32Array && rows.byteOffset === 0
}
