import type { Logger } from '@holdfast/core'
import { blockBytes } from '../records/vector-blocks.js'
import { type GrowingMemory, webAssembly } from '../wasm/web-assembly.js'
import { loadRowQuantiser, quantiserAreaBytes, type RowQuantiser } from './load-row-quantiser.js'
import { loadScanKernel } from './load-scan-kernel.js'
import { QuantisedRows, rowStride } from './quantised-rows.js'
import type { FoundCopies } from './read-saved-copies.js'
import { ScanAreas } from './scan-areas.js'
import { scanAreaBytes } from './scan-candidates.js'
import type { ScanKernel } from './scan-kernel.js'
import { scanPool } from './scan-pool.js'
import type { ScanHelp } from './scan-together.js'
import { SlotTable } from './slot-table.js'

const pageBytes = 65_536
/** What 32-bit addresses reach. */
const mostPages = 65_536
/** Scans at a time. */
const areaCount = 4

export interface CopyMemoryOptions {
  readonly columns: number
  /** Bytes that the copies may take. */
  readonly budget: number
  /** Is told when scans cannot have several threads. */
  readonly logger: Logger
}

/**
 * Shared memory with int8 copies of vectors, the places in it that scans work in, and the table that says which row's
 * copy is where. It grows with the copies.
 */
export class CopyMemory {
  readonly table: SlotTable
  readonly rows: QuantisedRows
  readonly kernel: ScanKernel
  readonly areas: ScanAreas
  readonly help: ScanHelp
  /** Where one reader at a time may read vectors into: {@link make} need not copy them from there. */
  readonly buffers: readonly Float32Array[]
  readonly #memory: GrowingMemory
  readonly #logger: Logger
  readonly #quantise: RowQuantiser

  /** @returns `undefined` where the engine has no such memory, or the process no addresses left for it. */
  static create(options: CopyMemoryOptions): CopyMemory | undefined {
    if (webAssembly === undefined) return undefined
    try {
      return new CopyMemory(options, webAssembly.Memory)
    } catch (error) {
      // Its addresses are set aside at once, many more than it has bytes.
      if (!(error instanceof RangeError)) throw error
      options.logger.warn(
        `searches read all vectors, because there is no memory for copies: ${String(error)}`,
      )
      return undefined
    }
  }

  private constructor(
    { columns, budget, logger }: CopyMemoryOptions,
    Memory: new (size: { initial: number; maximum: number; shared: true }) => GrowingMemory,
  ) {
    const areaBytes = aligned(scanAreaBytes(columns))
    const { threads } = scanPool.options
    const quantiserArea = areaBytes * (areaCount + threads)
    const buffers = quantiserArea + aligned(quantiserAreaBytes(columns))
    const bufferBytes = Math.floor(blockBytes / (columns * 4)) * columns * 4
    const start = aligned(buffers + 2 * bufferBytes)
    const stride = rowStride(columns)
    this.table = new SlotTable(Math.floor(Math.min(budget, mostPages * pageBytes - start) / stride))
    const [initial, maximum] = [pagesOf(start), pagesOf(start + this.slots * stride)]
    this.#memory = new Memory({ initial, maximum, shared: true })
    this.rows = new QuantisedRows(this.#memory, start, columns)
    const areas = Array.from({ length: areaCount + threads }, (_, at) => at * areaBytes)
    this.areas = new ScanAreas(areas.slice(0, areaCount))
    this.#logger = logger
    this.help = { pool: scanPool, areas: areas.slice(areaCount), logger }
    this.buffers = [buffers, buffers + bufferBytes].map(
      (address) => new Float32Array(this.#memory.buffer, address, bufferBytes / 4),
    )
    this.kernel = loadScanKernel(this.#memory)
    this.#quantise = loadRowQuantiser(this.rows, quantiserArea)
  }

  /** Most copies that it has room for. */
  get slots(): number {
    return this.table.slots
  }

  /**
   * Makes the copy of a row's vector, of which another multiple may be left where it was.
   * @returns whether there is room.
   * @throws {RangeError} for a value that is not finite; the row has no copy then.
   */
  make(owner: number, row: number, vector: Float32Array): boolean {
    const slot = this.#takeSlot(owner, row)
    if (slot === undefined) return false
    try {
      this.#quantise(slot, vector)
      return true
    } catch (error) {
      this.table.forget([row])
      throw error
    }
  }

  /** Puts in copies that were made before. @returns how many of the rows have theirs; fewer when there is no room. */
  put({ rows, offsets, bytes }: FoundCopies, ownerOf: (row: number) => number): number {
    const stride = rowStride(this.rows.columns)
    let [slot, from, to] = [0, 0, 0]
    const flush = () => this.rows.setBytes(slot, bytes.subarray(from, to))
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at] ?? 0
      const offset = offsets[at] ?? 0
      const next = this.#takeSlot(ownerOf(row), row)
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

  /** To be called when nobody scans any more: lets go of the memory in other threads, which would keep it. */
  dispose(): void {
    scanPool.release(this.#memory)
  }

  #takeSlot(owner: number, row: number): number | undefined {
    const slot = this.table.take(owner, row)
    if (slot === undefined || this.#makeRoom()) return slot
    this.table.forget([row])
    // What there is has to do from now on: other owners make room in it, and whoever needs more reads the vectors.
    const { address, columns } = this.rows
    this.table.limitTo(Math.floor((this.#memory.buffer.byteLength - address) / rowStride(columns)))
    this.#logger.warn(`there is memory for ${this.slots} copies of vectors and no more`)
    return this.table.take(owner, row)
  }

  /** @returns whether the memory reaches as far as the slots. */
  #makeRoom(): boolean {
    const end = this.rows.address + this.table.end * rowStride(this.rows.columns)
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

function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}

function pagesOf(bytes: number): number {
  return Math.ceil(bytes / pageBytes)
}
