// What a thread of the pool runs. It knows memories by number, and keeps them until it ends.
import { parentPort } from 'node:worker_threads'
import { CandidateSet } from './candidate-set.js'
import { loadScanKernel } from './load-scan-kernel.js'
import { QuantisedRows, type ScanMemory } from './quantised-rows.js'
import { BatchScanner } from './scan-candidates.js'
import type { ScanKernel } from './scan-kernel.js'
import { scanPart } from './scan-part.js'
import type { ScannedPart, ScanReply, ScanRequest, ScanTask } from './scan-task.js'
import { SharedScan } from './shared-scan.js'

interface Known {
  readonly memory: ScanMemory
  readonly kernel: ScanKernel
}

const port = parentPort
const known = new Map<number, Known>()

function reply(message: ScanReply, transferred: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, transferred)
}

port?.on('message', ({ number, memory, introduced, task }: ScanRequest) => {
  if (introduced !== undefined) {
    known.set(memory, { memory: introduced, kernel: loadScanKernel(introduced) })
  }
  const shared = new SharedScan(task.shared)
  if (!shared.begin(task.helper)) return
  const found = known.get(memory)
  if (found === undefined) throw new TypeError(`the memory ${memory} was not introduced`)
  scan(number, found, task, shared)
})
reply({ type: 'ready' })

function scan(number: number, { memory, kernel }: Known, task: ScanTask, shared: SharedScan): void {
  const { query, limit, minScore, area } = task
  // Made for each scan: the memory may have grown.
  const rows = new QuantisedRows(memory, task.address, task.columns)
  const candidates = new CandidateSet(limit, minScore)
  const scanner = new BatchScanner({ kernel, rows, query, area })
  for (const _ of scanPart(scanner, shared, candidates, () => shared.take(task.helper)));
  const survivors = candidates.survivors()
  const list = {
    rows: Int32Array.from(survivors.rows),
    lower: Float64Array.from(survivors.lower),
    upper: Float64Array.from(survivors.upper),
  }
  const part: ScannedPart = { ...list, compared: scanner.compared }
  reply({ type: 'scanned', number, part }, [list.rows.buffer, list.lower.buffer, list.upper.buffer])
}
