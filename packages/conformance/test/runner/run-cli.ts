import { execFile } from 'node:child_process'
import { join } from 'node:path'

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The parts of the JSON report that the tests look at. */
export interface Report {
  readonly backend: string
  readonly passed: boolean
  readonly largeScope: number
  readonly counts: Readonly<Record<'passed' | 'failed' | 'notRun' | 'leftOut' | 'problems', number>>
  readonly tests: readonly {
    readonly suite: string
    readonly title: string
    readonly outcome: string
    readonly failures: readonly { readonly message: string }[]
  }[]
  readonly leftOut: readonly {
    readonly suite: string
    readonly title: string
    readonly needs: readonly string[]
  }[]
  readonly problems: readonly { readonly what: string; readonly failure: { readonly message: string } }[]
}

/** Runs the built command line in the folder of these harnesses. */
export function runCli(...args: readonly string[]): Promise<Ended> {
  const cli = join(import.meta.dirname, '../../dist/runner/cli.js')
  const cwd = join(import.meta.dirname, 'harnesses')
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [cli, ...args], { cwd, maxBuffer: 2 ** 26 }, (failure, out, err) => {
      const code = failure === null ? 0 : failure.code
      if (typeof code === 'number') resolve({ code, out, err })
      else reject(failure)
    })
  })
}

/** Runs it with `--json`. */
export async function runJson(...args: readonly string[]): Promise<Ended & { readonly report: Report }> {
  const ended = await runCli('--json', ...args)
  return { ...ended, report: JSON.parse(ended.out) as Report }
}
