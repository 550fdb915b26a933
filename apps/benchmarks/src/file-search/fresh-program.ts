import { readFile } from 'node:fs/promises'
import { FileBackend } from '@holdfast/backend-file'
import { type QueryFile, readQueries } from './fresh-queries.js'
import { topK } from './sizes.js'

/** What the program is told, as JSON in its one argument. */
export interface FreshTask extends QueryFile {
  /** Nothing is opened without one. */
  readonly dataDir?: string
  readonly tenantId?: string
}

/** What the program says. */
export interface FreshReport {
  /** Milliseconds from before the store is opened until its first search has answered. */
  readonly opened: number
  /** The most bytes that were resident after the first search, while all others were done. */
  readonly resident: number
  /** The most bytes that were ever resident. `null` where the system does not tell. */
  readonly peak: number | null
}

const task = JSON.parse(process.argv[2] ?? '') as FreshTask
const { dataDir, tenantId } = task
const queries = await readQueries(task)
let opened = 0
let resident = process.memoryUsage.rss()
if (dataDir !== undefined && tenantId !== undefined) {
  const start = performance.now()
  await using backend = await FileBackend.open({ dataDir })
  for (const query of queries) {
    const best = await backend.vectorSearch(query, { tenantId }, { topK, minScore: -1 })
    if (best.length === 0) throw new Error(`nothing was found of ${tenantId}`)
    if (opened === 0) {
      opened = performance.now() - start
      resident = 0
    }
    resident = Math.max(resident, process.memoryUsage.rss())
  }
}
const report: FreshReport = { opened, resident, peak: await mostResident() }
process.stdout.write(`${JSON.stringify(report)}\n`)

/**
 * `VmHWM` of proc_pid_status(5). What getrusage(2) says is no less than what the parent held when it started this
 * process, and a benchmark holds much.
 */
async function mostResident(): Promise<number | null> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '')
  const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) * 1024
}
