import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runBench, temporaryFolder } from './run-bench.js'

interface Report {
  readonly sizes: Readonly<Record<string, number>>
  readonly switches: readonly string[]
  readonly findings: readonly {
    readonly name: string
    readonly samples: readonly number[]
    readonly leftOut?: string
    readonly target?: { readonly bound: string; readonly value: number }
    readonly median: number | null
    readonly isMet: boolean | null
  }[]
}

const sizes = {
  rows: 60,
  small: 12,
  tenants: 3,
  fewer: 20,
  dimensions: 8,
  queries: 2,
  searches: 3,
  repetitions: 1,
  rounds: 2,
}
const sizeOptions = Object.entries(sizes).flatMap(([size, value]) => [`--${size}`, `${value}`])
const targets = [
  ['at least', 1],
  ['at most', 1 / 30],
  ...Array.from({ length: 6 }, () => ['at most', 1]),
  ['at most', 0.5],
  ['at most', 1.2],
  ['at most', 60],
  ['at most', 1.4],
  ['at most', 0.3],
  ['at most', 0.5],
  ['at most', 0.3],
  ['at most', 0.5],
  ['at most', 5],
  ['at most', 15],
]

describe('bench file-search', () => {
  it('measures in small without anything to install, and leaves nothing behind', async () => {
    const folder = await temporaryFolder()
    const stores = join(folder, 'stores')
    await mkdir(stores)
    const json = join(folder, 'figures.json')
    const args = ['file-search', '--without-peers', '--in', stores, '--json', json, ...sizeOptions]
    const { exitCode, stdout, stderr } = await runBench(args)
    expect(stderr).toContain('build stores of 60 and 20 nodes of one tenant (seed 20240501) ...\n')
    expect(exitCode, stderr).toBe(0)
    expect(await readdir(stores)).toEqual([])

    const report = JSON.parse(await readFile(json, 'utf8')) as Report
    expect(report.sizes).toEqual(sizes)
    expect(report.switches).toEqual(['without-peers'])
    const lines = stdout.split('\n')
    for (const { name, samples, leftOut, median, isMet } of report.findings) {
      const [line = '', ...others] = lines.filter((each) => each.startsWith(`${name}  `))
      expect(others, name).toEqual([])
      // Nothing is left out without a reason, and nothing has a reason that was measured.
      expect(leftOut === undefined, name).toBe(samples.length > 0)
      if (leftOut === undefined) expect(median, name).toBeGreaterThanOrEqual(0)
      else expect(line).toContain(`left out: ${leftOut}`)
      expect(isMet, name).toBe(null)
    }
    expect(report.findings.flatMap(({ target }) => (target ? [[target.bound, target.value]] : []))).toEqual(
      targets,
    )
    const notInstalled = report.findings.filter(({ leftOut }) => leftOut === '--without-peers was given')
    expect(notInstalled.length).toBe(3 * 5)
    const found = (start: string) => report.findings.filter(({ name }) => name.startsWith(start))
    expect(found('recall of the top 10 of 60').map(({ median }) => median)).toEqual([1])
    expect(found('top 10 of a tenant of 12 among 36').map(({ samples }) => samples.length)).toEqual([2])
    expect(stdout).toContain('none is judged')
  })

  it('refuses sizes that the disk has no room for, before it builds anything', async () => {
    const folder = await temporaryFolder()
    const args = ['file-search', '--quick', '--tenants', '999999999', '--in', folder]
    const { exitCode, stderr } = await runBench(args)
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^Stopped: the stores need [\d.]+ GB and .* free/)
    expect(await readdir(folder)).toEqual([])
  })

  it('knows its switch, and no other benchmark does', async () => {
    const { stdout } = await runBench(['--help'])
    expect(stdout).toMatch(/ {2}--without-peers +installs nothing/)
    const { exitCode, stderr } = await runBench(['file-insert', '--quick', '--without-peers'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('--without-peers')
  })
})
