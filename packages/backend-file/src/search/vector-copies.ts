import type { StoredFile } from '../disk/stored-file.js'
import type { RecordIndex } from '../records/record-index.js'
import { hasRow, type Rows } from '../records/row-list.js'
import { vectorBlocks, vectorOf } from '../records/vector-blocks.js'
import { loadRowQuantiser, quantiserAreaBytes, type RowQuantiser } from './load-row-quantiser.js'
import { loadScanKernel } from './load-scan-kernel.js'
import { QuantisedRows, rowStride } from './quantised-rows.js'
import type { FoundCopies } from './read-saved-copies.js'
import { type RowSegments, sortedSegmentsOf } from './row-segments.js'
import type { SavedCopies } from './saved-copies.js'
import { ScanAreas } from './scan-areas.js'
import { scanAreaBytes } from './scan-candidates.js'
import type { ScanKernel } from './scan-kernel.js'
import { SlotTable } from './slot-table.js'
import { StaleRowError } from './stale-row-error.js'
import { type GrowingMemory, webAssembly } from './web-assembly.js'

const pageBytes = 65_536
/** What 32-bit addresses reach. */
const mostPages = 65_536
/** Rows whose copies are looked for together, so that little is needed to do so. */
const rowsAtOnce = 1 << 14
/** Scans at a time. */
const areaCount = 4

/** The owners of some rows. */
interface RowOwners {
  readonly length: number
  readonly keys: readonly number[]
}

/** Where the copies of some rows are. */
interface Placed extends RowOwners {
  /** Of the owners' slots. */
  readonly versions: readonly number[]
  readonly segments: RowSegments
}

/** Copies that one search has under its hold. */
export interface HeldCopies {
  readonly kernel: ScanKernel
  readonly rows: QuantisedRows
  readonly areas: ScanAreas
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
  readonly #columns: number
  readonly #table: SlotTable
  readonly #memory: GrowingMemory
  readonly #rows: QuantisedRows
  readonly #areas: ScanAreas
  readonly #kernel: ScanKernel
  readonly #quantise: RowQuantiser
  readonly #slots: number
  readonly #saved: SavedCopies | undefined
  /** By the memory of the rows. */
  readonly #known = new WeakMap<ArrayBufferLike, Placed>()
  #madeCount = 0
  #filling: Promise<void> = Promise.resolve()

  /**
   * @param budget bytes that the copies may take.
   * @param saved those of an earlier process.
   * @returns `undefined` where the engine has no shared memory for them.
   */
  static create(
    index: RecordIndex,
    columns: number,
    { budget, saved }: { readonly budget: number; readonly saved: SavedCopies | undefined },
  ): VectorCopies | undefined {
    return webAssembly === undefined
      ? undefined
      : new VectorCopies(index, columns, { budget, saved, Memory: webAssembly.Memory })
  }

  private constructor(
    index: RecordIndex,
    columns: number,
    {
      budget,
      saved,
      Memory,
    }: {
      readonly budget: number
      readonly saved: SavedCopies | undefined
      readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => GrowingMemory
    },
  ) {
    this.#index = index
    this.#columns = columns
    this.#saved = saved
    const areaBytes = Math.ceil(scanAreaBytes(columns) / 8) * 8
    const quantiserArea = areaBytes * areaCount
    const start = quantiserArea + Math.ceil(quantiserAreaBytes(columns) / 8) * 8
    const stride = rowStride(columns)
    this.#slots = Math.floor(Math.min(budget, mostPages * pageBytes - start) / stride)
    this.#table = new SlotTable(this.#slots)
    const [initial, maximum] = [pagesOf(start), pagesOf(start + this.#slots * stride)]
    this.#memory = new Memory({ initial, maximum, shared: true })
    this.#rows = new QuantisedRows(this.#memory, start, columns)
    this.#areas = new ScanAreas(Array.from({ length: areaCount }, (_, at) => at * areaBytes))
    this.#kernel = loadScanKernel(this.#memory)
    this.#quantise = loadRowQuantiser(this.#rows, quantiserArea)
    index.onRecycled((rows) => this.#table.forget(rows))
  }

  /** How many copies there are. */
  get count(): number {
    return this.#table.count
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
    if (rows.length > this.#slots) return undefined
    const known = this.#placed(rows)
    const keys = known?.keys ?? this.#ownersOf(rows)
    for (const key of keys) this.#table.hold(key)
    try {
      for (const key of keys) if (this.#table.isStale(key)) return undefined
      let placed = known
      if (placed === undefined) {
        if (!(await this.#fill(rows, signal))) return undefined
        placed = this.#place(rows, keys)
      }
      return await use({
        kernel: this.#kernel,
        rows: this.#rows,
        areas: this.#areas,
        segments: placed.segments,
        rowOf: (slot) => {
          const row = this.#table.rowOf(slot)
          // It cannot be another one; if it ever were, it would be of somebody else.
          if (!hasRow(rows, row, (of) => this.#index.position(of))) throw new StaleRowError(row)
          return row
        },
        discard: () => {
          for (const key of keys) this.#table.discard(key)
        },
      })
    } finally {
      for (const key of keys) this.#table.release(key)
    }
  }

  /**
   * Saves the copies of published vectors for the next process. The caller keeps the store's files open, and publishes
   * nothing meanwhile.
   * @param least how many there must be to be worth it.
   */
  async save(matrix: StoredFile, least: number): Promise<void> {
    const saved = this.#saved
    if (saved === undefined) return
    this.#madeCount = 0
    const release = this.#table.holdAll()
    try {
      const all = this.#index.all()
      const [offsets, slots] = [new Float64Array(all.length), new Int32Array(all.length)]
      let count = 0
      for (const row of all) {
        const [slot, offset] = [this.#table.slotOf(row), this.#index.vectorOffset(row, matrix)]
        if (slot === undefined || offset < 0) continue
        offsets[count] = offset
        slots[count++] = slot
      }
      if (count < least) return await saved.remove()
      await saved.save(this.#columns, {
        offsets: offsets.subarray(0, count),
        copy: (at) => this.#rows.bytes(slots[at] ?? 0),
      })
    } finally {
      release()
    }
  }

  /** What is known of these rows since an earlier search. */
  #placed(rows: Rows): Placed | undefined {
    const known = rows instanceof Int32Array ? this.#known.get(rows.buffer) : undefined
    if (known?.length !== rows.length) return undefined
    return known.keys.every((key, at) => this.#table.versionOf(key) === known.versions[at])
      ? known
      : undefined
  }

  #place(rows: Rows, keys: readonly number[]): Placed {
    const placed = {
      length: rows.length,
      keys,
      versions: keys.map((key) => this.#table.versionOf(key)),
      segments: sortedSegmentsOf(this.#slotsOf(rows)),
    }
    // A view of a list always begins at its start, and what it shows never changes.
    if (rows instanceof Int32Array && rows.byteOffset === 0) this.#known.set(rows.buffer, placed)
    return placed
  }

  #ownersOf(rows: Rows): readonly number[] {
    const keys = new Set<number>()
    let last = Number.NaN
    for (const row of rows) {
      const key = this.#index.ownerKeyNumber(row)
      if (key !== last) keys.add(key)
      last = key
    }
    return [...keys]
  }

  /** One after the other: two searches of one owner would read the same vectors. @returns whether all fit. */
  async #fill(rows: Rows, signal: AbortSignal | undefined): Promise<boolean> {
    if (!this.#lacksAny(rows)) return true
    const filling = this.#filling.then(() => this.#copy(rows, signal))
    this.#filling = filling.then(
      () => {},
      () => {},
    )
    return untilAborted(filling, signal)
  }

  async #copy(rows: Rows, signal: AbortSignal | undefined): Promise<boolean> {
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      const missing = this.#missing(rows.slice(from, from + rowsAtOnce))
      if (missing.length > 0 && !(await this.#make(await this.#takeSaved(missing, signal), signal)))
        return false
    }
    return true
  }

  async #make(rows: Rows, signal: AbortSignal | undefined): Promise<boolean> {
    for await (const block of vectorBlocks(this.#index, rows, signal)) {
      for (const [at, row] of block.rows.entries()) {
        const slot = this.#takeSlot(row)
        if (slot === undefined) return false
        const vector = block.data.subarray(at * block.columns, (at + 1) * block.columns)
        try {
          this.#quantise(slot, vector)
        } catch (error) {
          this.#table.forget([row])
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
  async #takeSaved(rows: Rows, signal: AbortSignal | undefined): Promise<Rows> {
    if (this.#saved === undefined) return rows
    const left = await this.#saved.read(
      rows,
      this.#columns,
      {
        offsetIn: (row, matrix) => this.#index.vectorOffset(row, matrix),
        take: (copies) => this.#takeCopies(copies),
      },
      signal,
    )
    // Where the reading came to an end in the middle, some have theirs already.
    return this.#missing(left)
  }

  /** @returns how many of the rows have got their copies. */
  #takeCopies({ rows, offsets, bytes }: FoundCopies): number {
    const stride = rowStride(this.#columns)
    let [slot, from, to] = [0, 0, 0]
    const flush = () => this.#rows.setBytes(slot, bytes.subarray(from, to))
    for (const [at, row] of rows.entries()) {
      const offset = offsets[at] ?? 0
      const next = this.#takeSlot(row)
      if (next === undefined) {
        flush()
        return at
      }
      // What comes one after the other on both sides is copied at once.
      if (next !== slot + (to - from) / stride || offset !== to) {
        flush()
        slot = next
        from = offset
      }
      to = offset + stride
    }
    flush()
    return rows.length
  }

  #takeSlot(row: number): number | undefined {
    const slot = this.#table.take(this.#index.ownerKeyNumber(row), row)
    if (slot === undefined || this.#makeRoom()) return slot
    this.#table.forget([row])
    return undefined
  }

  #lacksAny(rows: Rows): boolean {
    for (const row of rows) if (this.#lacks(row)) return true
    return false
  }

  #missing(rows: Rows): Rows {
    const missing: number[] = []
    for (const row of rows) if (this.#lacks(row)) missing.push(row)
    return missing
  }

  #lacks(row: number): boolean {
    return this.#table.slotOf(row) === undefined && this.#index.hasVector(row)
  }

  #slotsOf(rows: Rows): Int32Array {
    const slots = new Int32Array(rows.length)
    let count = 0
    for (const row of rows) {
      const slot = this.#table.slotOf(row)
      if (slot !== undefined) slots[count++] = slot
    }
    return slots.subarray(0, count)
  }

  /** @returns whether the memory reaches as far as the slots. */
  #makeRoom(): boolean {
    const end = this.#rows.address + this.#table.end * rowStride(this.#columns)
    const missing = pagesOf(end - this.#memory.buffer.byteLength)
    if (missing <= 0) return true
    try {
      this.#memory.grow(missing)
      return true
    } catch (error) {
      if (error instanceof RangeError) return false
      throw error
    }
  }
}

function pagesOf(bytes: number): number {
  return Math.ceil(bytes / pageBytes)
}

/** @throws the signal's reason as soon as it is aborted; what was begun goes on until it notices. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
