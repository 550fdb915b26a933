import { onTestFinished } from 'vitest'
import { loadScanKernel } from '../../../src/search/load-scan-kernel.js'
import { QuantisedRows, rowStride } from '../../../src/search/quantised-rows.js'
import { ScanAreas } from '../../../src/search/scan-areas.js'
import { type CandidateScan, scanAreaBytes } from '../../../src/search/scan-candidates.js'
import type { ScanKernel } from '../../../src/search/scan-kernel.js'
import { ScanPool, type ScanPoolOptions } from '../../../src/search/scan-pool.js'
import type { ScanHelp } from '../../../src/search/scan-together.js'
import type { GrowingMemory } from '../../../src/wasm/web-assembly.js'
import { quantised, sharedMemory } from '../scan-setup.js'

/** The thread of the product, as it was built. */
export const builtThread = new URL('../../../dist/search/scan-worker.js', import.meta.url)

/** Threads that do something wrong; see the file. */
export function wrongThread(how: string): URL {
  return new URL(`./wrong-threads/${how}.mjs`, import.meta.url)
}

/** A pool that helps with every scan, and whose threads are gone when the test is over. */
export function testPool(options: Partial<ScanPoolOptions> = {}): ScanPool {
  const pool = new ScanPool({
    threads: 2,
    leastBytes: 0,
    idle: 600_000,
    file: () => builtThread,
    ...options,
  })
  onTestFinished(() => pool.end())
  return pool
}

/** What a logger was warned of. */
export function warnings() {
  const warned: string[] = []
  const logger = {
    debug() {},
    info() {},
    warn: (message: string) => void warned.push(message),
    error() {},
  }
  return { logger, warned }
}

/** Int8 copies with areas for the caller and the threads of a pool. */
export interface PoolSetup {
  readonly memory: GrowingMemory
  readonly kernel: ScanKernel
  readonly rows: QuantisedRows
  readonly area: number
  readonly areas: ScanAreas
  readonly help: ScanHelp
  /** The kernel, but its first run waits until so many threads have begun to help. */
  readonly patient: (threads: number) => ScanKernel
}

/** @param isHeld whether the memory stays for the whole test: threads end with a memory that is collected. */
export function setUpPool(
  pool: ScanPool,
  vectors: readonly Float32Array[],
  columns: number,
  { logger = warnings().logger, isHeld = true } = {},
): PoolSetup {
  const { threads } = pool.options
  const bytes = Math.ceil(scanAreaBytes(columns) / 8) * 8
  const start = bytes * (threads + 1)
  const memory = sharedMemory(start + vectors.length * rowStride(columns))
  if (isHeld) onTestFinished(() => void memory.buffer)
  const rows = new QuantisedRows(memory, start, columns)
  for (const [row, vector] of vectors.entries()) rows.write(row, vector)
  const kernel = loadScanKernel(memory)
  const areas = Array.from({ length: threads }, (_, at) => bytes * (at + 1))
  const patient = (needed: number): ScanKernel => {
    // A thread writes the query first, and no value of one is -32,768.
    const marks = areas.map((area) => new Int32Array(memory.buffer, area, 1).fill(marked))
    let isFirst = true
    return (run) => {
      const missing = () => marks.filter((mark) => mark[0] === marked)
      if (isFirst) for (let turn = 0; threads - missing().length < needed; turn++) pause(turn)
      isFirst = false
      kernel(run)
    }
  }
  const caller = { area: 0, areas: new ScanAreas([0]) }
  return { memory, kernel, rows, ...caller, help: { pool, areas, logger }, patient }
}

const marked = -0x7fff_8000
const nobody = new Int32Array(new SharedArrayBuffer(4))

/** Lets other threads run. */
function pause(turn: number): void {
  if (turn > 60_000) throw new Error('no thread has begun')
  Atomics.wait(nobody, 0, 0, 1)
}

/** A scan of all or some of the rows. */
export function scanOf(setup: PoolSetup, query: Float32Array, segments: Int32Array): CandidateScan {
  return { kernel: setup.kernel, rows: setup.rows, area: setup.area, segments, query: quantised(query) }
}
