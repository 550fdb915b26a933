import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { controlName, wrongBackends } from './wrong-backends.js'

/** One test of the inner run. */
export interface Outcome {
  readonly backend: string
  readonly suite: string
  readonly title: string
  readonly passed: boolean
}

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: string
    }[]
  }[]
}

/**
 * Runs the tests of its suite on each wrong backend, and all tests on the right one, in a vitest of its own, whose
 * failures are not ours.
 */
export async function runWrongBackends(): Promise<readonly Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-wrong-backends-'))
  try {
    const outputFile = join(folder, 'report.json')
    const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
    const config = join(import.meta.dirname, 'vitest.config.ts')
    const reporting = ['--reporter', 'json', '--outputFile', outputFile]
    const args = [vitest, 'run', '--config', config, '-t', whatToRun(), ...reporting]
    const output = await runNode(args)
    const text = await readFile(outputFile, 'utf8').catch((cause: unknown) => {
      throw new Error(`the inner run wrote no report: ${output}`, { cause })
    })
    const report = JSON.parse(text) as Report
    return report.testResults.flatMap(({ assertionResults }) =>
      assertionResults
        .filter(({ status }) => status !== 'skipped' && status !== 'pending')
        .map(({ ancestorTitles: [backend = '', suite = ''], title, status }) => ({
          backend,
          suite,
          title,
          passed: status === 'passed',
        })),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A pattern for the full names of tests. */
function whatToRun(): string {
  const suites = wrongBackends.map(({ name, suite }) => `${literal(`${name} ${suite} `)}`)
  return `^(${[`${literal(controlName)} `, ...suites].join('|')})`
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** The inner vitest must not take itself for a worker of the outer one. */
function runNode(args: readonly string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')))
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, maxBuffer: 2 ** 26 }, (_failure, stdout, stderr) => {
      resolve(`${stdout}\n${stderr}`)
    })
  })
}
