import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runBench, temporaryFolder } from './run-bench.js'

const url = process.env.DATABASE_URL
if (url === undefined) {
  process.stderr.write(
    'benchmarks: DATABASE_URL is not set, so bench postgres is not tried; pnpm test:real has one\n',
  )
}

const sizes = {
  rows: 60,
  small: 20,
  large: 30,
  dimensions: 8,
  batch: 15,
  imported: 40,
  clients: 2,
  searches: 6,
  queries: 2,
  repetitions: 1,
  imports: 1,
}

interface Report {
  readonly sizes: Readonly<Record<string, number>>
  readonly findings: readonly {
    readonly name: string
    readonly samples: readonly number[]
    readonly leftOut?: string
    readonly target?: { readonly bound: string; readonly value: number }
  }[]
}

/** What has to be there, of the findings with a target, in the order of the table. */
const targets = [
  ['at most', 1 / 5],
  ['at most', 1.3],
  ['at most', 1.1],
  ['at least', 0.8],
  ['at most', 1.1],
  ['at least', 0.8],
  ['at most', 5],
  ['at least', 0.99],
  ['at most', 1],
  ['at least', 1],
  ['at most', 1],
  ['at least', 1],
]

describe('bench postgres', () => {
  it('says how to get a server when there is none', async () => {
    const folder = await temporaryFolder()
    const { exitCode, stderr } = await runBench(['postgres', '--quick', '--in', folder], undefined, {
      DATABASE_URL: '',
    })
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(
      /^Stopped: DATABASE_URL names no server\. .*run-with\.mjs -- npx -y pnpm@12 bench postgres/,
    )
    expect(await readdir(folder)).toEqual([])
  })

  it.runIf(url !== undefined)('measures in small on a real server, and leaves nothing behind', async () => {
    const pool = new pg.Pool({ connectionString: String(url), max: 1 })
    onTestFinished(() => pool.end())
    const left = async () => {
      const { rows } = await pool.query<{ readonly name: string }>(
        `SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'bench\\_%'
         UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE 'bench\\_%' ORDER BY name`,
      )
      return rows.map(({ name }) => name)
    }
    const before = await left()
    const folder = await temporaryFolder()
    const stores = join(folder, 'stores')
    await mkdir(stores)
    const json = join(folder, 'figures.json')
    const options = Object.entries(sizes).flatMap(([size, value]) => [`--${size}`, `${value}`])
    const { exitCode, stderr } = await runBench([
      'postgres',
      '--without-peers',
      '--in',
      stores,
      '--json',
      json,
      ...options,
    ])
    expect(exitCode, stderr).toBe(0)
    expect(await readdir(stores)).toEqual([])
    expect(await left()).toEqual(before)

    const report = JSON.parse(await readFile(json, 'utf8')) as Report
    expect(report.sizes).toEqual(sizes)
    for (const { name, samples, leftOut } of report.findings) {
      expect(leftOut === undefined, name).toBe(samples.length > 0)
    }
    expect(report.findings.flatMap(({ target }) => (target ? [[target.bound, target.value]] : []))).toEqual(
      targets,
    )
    const recalls = report.findings.filter(
      ({ name, samples }) => name.includes('recall of ') && samples.length > 0,
    )
    // Small enough for every way to search to be exact.
    expect(new Set(recalls.flatMap(({ samples }) => samples))).toEqual(new Set([1]))
    const measured = report.findings.filter(({ leftOut }) => leftOut === undefined).map(({ name }) => name)
    expect(measured).toContain('batches of 15')
    expect(measured).toContain('an import of 40 in batches of 15')
  })
})
