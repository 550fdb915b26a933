// Takes a chunk, raises the threshold as far as that chunk allows, and ends before it has told anybody what it found.
import { CandidateSet } from '../../../../dist/search/candidate-set.js'
import { loadScanKernel } from '../../../../dist/search/load-scan-kernel.js'
import { QuantisedRows } from '../../../../dist/search/quantised-rows.js'
import { BatchScanner } from '../../../../dist/search/scan-candidates.js'
import { scanPart } from '../../../../dist/search/scan-part.js'
import { onTask } from './begun.mjs'

onTask(({ shared, helper, memory, task }) => {
  const rows = new QuantisedRows(memory, task.address, task.columns)
  const scanner = new BatchScanner({
    kernel: loadScanKernel(memory),
    rows,
    query: task.query,
    area: task.area,
  })
  const candidates = new CandidateSet(task.limit, task.minScore)
  scanPart(scanner, shared, candidates, () => shared.take(helper)).next()
  process.exit()
})
