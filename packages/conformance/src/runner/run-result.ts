import type { BackendCapabilities } from '@holdfast/core'
import type { LeftOutTest } from './left-out-test.js'
import type { Failure, RunnerEvent, TestName } from './runner-event.js'

export interface TestResult extends TestName {
  readonly outcome: 'passed' | 'failed' | 'notRun'
  readonly milliseconds: number
  readonly failures: readonly Failure[]
}

/** Something that went wrong outside of any test. */
export interface Problem {
  readonly what: string
  readonly failure: Failure
}

export interface RunResult {
  readonly name: string
  readonly capabilities: Partial<BackendCapabilities>
  readonly tests: readonly TestResult[]
  readonly leftOut: readonly LeftOutTest[]
  readonly problems: readonly Problem[]
}

/** Every test ran and passed, and nothing else went wrong. A run without tests has not passed. */
export function hasPassed({ tests, problems }: RunResult): boolean {
  return problems.length === 0 && tests.length > 0 && tests.every(({ outcome }) => outcome === 'passed')
}

export function countOf({ tests }: RunResult, wanted: TestResult['outcome']): number {
  return tests.filter(({ outcome }) => outcome === wanted).length
}

/** The suite that a test belongs to. The outermost title is the backend's name. */
export function suiteOf({ path }: TestName): string {
  return path.slice(1).join(' › ')
}

/** Puts together what a run tells of. A test that began and did not end has failed: the process ended in it. */
export class ResultCollector {
  #declared: Extract<RunnerEvent, { readonly type: 'declared' }> | undefined
  readonly #results = new Map<number, Pick<TestResult, 'outcome' | 'milliseconds' | 'failures'>>()
  readonly #problems: Problem[] = []

  add(event: RunnerEvent): void {
    if (event.type === 'declared') this.#declared = event
    else if (event.type === 'failed') this.#problems.push({ what: event.what, failure: event.failure })
    else if (event.type === 'started') {
      const failure = { message: 'the process ended in this test', stack: undefined, diff: undefined }
      this.#results.set(event.test, { outcome: 'failed', milliseconds: 0, failures: [failure] })
    } else if (event.type === 'ended') {
      const { milliseconds, failures } = event
      const outcome = failures.length === 0 ? 'passed' : 'failed'
      this.#results.set(event.test, { outcome, milliseconds, failures })
    }
  }

  /** @param crash how the process ended, when it ended too early. */
  result(crash?: string): RunResult {
    const failure = { message: crash ?? '', stack: undefined, diff: undefined }
    const problems = crash === undefined ? this.#problems : [...this.#problems, { what: 'the run', failure }]
    const { name = '', capabilities = {}, tests = [], leftOut = [] } = this.#declared ?? {}
    const notRun = { outcome: 'notRun', milliseconds: 0, failures: [] } as const
    return {
      name,
      capabilities,
      tests: tests.map((test, at) => ({ ...test, ...(this.#results.get(at) ?? notRun) })),
      leftOut,
      problems,
    }
  }
}
