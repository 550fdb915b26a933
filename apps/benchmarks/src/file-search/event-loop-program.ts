import { FileBackend } from '@holdfast/backend-file'
import { type QueryFile, readQueries } from './fresh-queries.js'
import { type LongestBlock, longestBlock } from './longest-block.js'
import { topK } from './sizes.js'

/** What the program is told, as JSON in its one argument. */
export interface EventLoopTask extends QueryFile {
  readonly dataDir: string
  readonly tenantId: string
  /** Searches for each time the loop is watched. There are queries for one time more. */
  readonly searches: number
}

/** What the program says: the first time after one that is not counted, the second, and so on. */
export interface EventLoopReport {
  readonly busy: readonly LongestBlock[]
  /** For as long without a search, after each. */
  readonly idle: readonly LongestBlock[]
}

const task = JSON.parse(process.argv[2] ?? '') as EventLoopTask
const { dataDir, tenantId, searches } = task
const queries = await readQueries(task)
await using backend = await FileBackend.open({ dataDir })
let next = 0
const search = async () => {
  for (const query of queries.slice(next, next + searches)) {
    const best = await backend.vectorSearch(query, { tenantId }, { topK, minScore: -1 })
    if (best.length === 0) throw new Error(`nothing was found of ${tenantId}`)
  }
  next += searches
}
await search()
const [busy, idle]: [LongestBlock[], LongestBlock[]] = [[], []]
while (next < queries.length) {
  const start = performance.now()
  busy.push(await longestBlock(search))
  const took = performance.now() - start
  idle.push(await longestBlock(() => new Promise((resolve) => setTimeout(resolve, took))))
}
const report: EventLoopReport = { busy, idle }
process.stdout.write(`${JSON.stringify(report)}\n`)
