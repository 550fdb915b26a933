import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { benchmarks } from '../src/benchmarks.js'
import { runBench, temporaryFolder } from './run-bench.js'

const docs = new URL('../../../docs/benchmarks.md', import.meta.url)

interface Report {
  readonly sizes: Readonly<Record<string, number>>
  readonly findings: readonly {
    readonly name: string
    readonly samples: readonly number[]
    readonly target?: { readonly value: number }
    readonly median: number | null
    readonly isMet: boolean | null
  }[]
}

describe('bench', () => {
  it('measures file-insert in small and leaves nothing behind', async () => {
    const folder = await temporaryFolder()
    const stores = join(folder, 'stores')
    await mkdir(stores)
    const json = join(folder, 'figures.json')
    const sizes = {
      few: 5,
      many: 30,
      volume: 10,
      dimensions: 4,
      batch: 10,
      together: 3,
      singles: 1,
      repetitions: 2,
    }
    const options = Object.entries(sizes).flatMap(([size, value]) => [`--${size}`, `${value}`])
    const { exitCode, stdout, stderr } = await runBench([
      'file-insert',
      '--in',
      stores,
      '--json',
      json,
      ...options,
    ])
    expect(stderr).toContain('build a store of 5 nodes and one of 30 ...\n')
    expect(exitCode).toBe(0)
    expect(await readdir(stores)).toEqual([])

    const report = JSON.parse(await readFile(json, 'utf8')) as Report
    expect(report.sizes).toEqual(sizes)
    const lines = stdout.split('\n')
    for (const { name, samples, median, isMet } of report.findings) {
      expect(
        lines.filter((line) => line.startsWith(`${name}  `)),
        name,
      ).toHaveLength(1)
      if (process.platform === 'linux') expect(median, name).toBeGreaterThanOrEqual(0)
      for (const sample of samples) expect(sample, name).toBeGreaterThanOrEqual(0)
      expect(isMet, name).toBe(null)
    }
    const targets = report.findings.flatMap(({ target }) => (target ? [target.value] : []))
    expect(targets).toEqual([1.2, 20_000, 1, 5])
    expect(stdout).toContain('none is judged')
  })

  it('removes its stores when it is interrupted', async () => {
    const folder = await temporaryFolder()
    let wasThere: Promise<readonly string[]> | undefined
    const { exitCode } = await runBench(['file-insert', '--in', folder], (written, kill) => {
      if (!written.includes('build a store')) return
      wasThere = readdir(folder).finally(() => kill('SIGINT'))
    })
    expect(exitCode).toBe(130)
    expect(await wasThere).toHaveLength(1)
    expect(await readdir(folder)).toEqual([])
  })

  it('explains itself, and says what it does not understand', async () => {
    for (const args of [[], ['--help'], ['--', '--help'], ['file-insert', '--help']]) {
      const { exitCode, stdout } = await runBench(args)
      expect(exitCode).toBe(0)
      expect(stdout).toContain('Usage: bench NAME')
      expect(stdout).toContain('--many N')
    }
    const mistakes = [
      [['nothing'], 'there is no benchmark "nothing"'],
      [['file-insert', '--many', '0'], '--many must be a whole number from 1 on'],
      [['file-insert', '--many', '1e3'], '--many must be a whole number from 1 on'],
      [['file-insert', '--json='], '--json needs a path'],
      [['file-insert', '--slow'], '--slow'],
      [['file-insert', 'more'], 'more'],
    ] as const
    for (const [args, message] of mistakes) {
      const { exitCode, stdout, stderr } = await runBench(args)
      expect(exitCode).toBe(2)
      expect(stdout).toBe('')
      expect(stderr).toContain(message)
      expect(stderr).toContain('Usage: bench NAME')
    }
  })

  it('fails before it measures when it cannot write where it should', async () => {
    const folder = await temporaryFolder()
    for (const option of ['--json', '--in']) {
      const missing = join(folder, 'missing', 'figures')
      const { exitCode, stdout, stderr } = await runBench(['file-insert', '--quick', option, missing])
      expect(exitCode).toBe(1)
      expect(stderr).toMatch(/^Stopped: ENOENT/)
      expect(stdout).toBe('')
    }
  })

  it('is documented with every benchmark and size it has', async () => {
    const text = await readFile(docs, 'utf8')
    const named = [...text.matchAll(/pnpm@12 bench ([\w-]+)/g)].map(([, name]) => name)
    expect(new Set(named)).toEqual(new Set(benchmarks.map(({ name }) => name)))
    for (const { sizes } of benchmarks)
      for (const size of Object.keys(sizes)) expect(text).toContain(`\`--${size}\``)
  })
})
