// A program that does nothing but a search with threads: argument 1 is the file of the threads.

import { loadScanKernel } from '../../../dist/search/load-scan-kernel.js'
import { quantiseQuery } from '../../../dist/search/quantise-query.js'
import { QuantisedRows } from '../../../dist/search/quantised-rows.js'
import { scanAreaBytes } from '../../../dist/search/scan-candidates.js'
import { ScanPool } from '../../../dist/search/scan-pool.js'
import { scanTogether } from '../../../dist/search/scan-together.js'

const columns = 16
const count = 5000
const areaBytes = Math.ceil(scanAreaBytes(columns) / 8) * 8
const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true })
const rows = new QuantisedRows(memory, areaBytes * 2, columns)
const vector = new Float32Array(columns).fill(1)
for (let row = 0; row < count; row++) rows.write(row, vector)
const logger = { debug() {}, info() {}, warn: (message) => console.log(message), error() {} }
const pool = new ScanPool({
  threads: 1,
  leastBytes: 0,
  idle: 600_000,
  file: () => new URL(process.argv[2]),
})
const kernel = loadScanKernel(memory)
const area = new Int32Array(memory.buffer, areaBytes, 1).fill(-1)
const scan = {
  // Waits until the thread has begun.
  kernel: (run) => {
    for (let turn = 0; pool.threadCount > 0 && area[0] === -1 && turn < 60_000; turn++)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    kernel(run)
  },
  rows,
  area: 0,
  segments: Int32Array.of(0, count),
  query: quantiseQuery(vector),
}
const help = { pool, areas: [areaBytes], logger }
scanTogether(scan, help, { limit: 3, minScore: -1 }, undefined).then(({ compared }) => {
  console.log(`compared ${compared}, ${pool.threadCount} threads`)
})
