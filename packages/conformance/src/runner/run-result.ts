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
  /** Nodes of the scope that is deleted whole, as far as it is known. */
  readonly largeScope: number | undefined
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

/** Puts together what a run tells of. */
export class ResultCollector {
  #declared: Extract<RunnerEvent, { readonly type: 'declared' }> | undefined
  readonly #results = new Map<number, Pick<TestResult, 'outcome' | 'milliseconds' | 'failures'>>()
  readonly #problems: Problem[] = []
  #running: number | undefined

  add(event: RunnerEvent): void {
    if (event.type === 'declared') this.#declared = event
    else if (event.type === 'failed') this.#problems.push({ what: event.what, failure: event.failure })
    else if (event.type === 'started') this.#running = event.test
    else if (event.type === 'ended') {
      const { milliseconds, failures } = event
      const outcome = failures.length === 0 ? 'passed' : 'failed'
      this.#results.set(event.test, { outcome, milliseconds, failures })
      this.#running = undefined
    }
  }

  /** @param crash how the process ended, when it ended too early: the test that was running then has failed. */
  result(crash?: string): RunResult {
    const problems = crash === undefined ? [] : [{ what: 'the run', failure: told(crash) }]
    const { name = '', capabilities = {}, largeScope, tests = [], leftOut = [] } = this.#declared ?? {}
    const results = new Map(this.#results)
    if (crash !== undefined && this.#running !== undefined) {
      const failures = [told('the process ended in this test')]
      results.set(this.#running, { outcome: 'failed', milliseconds: 0, failures })
    }
    const notRun = { outcome: 'notRun', milliseconds: 0, failures: [] } as const
    return {
      name,
      capabilities,
      largeScope,
      tests: tests.map((test, at) => ({ ...test, ...(results.get(at) ?? notRun) })),
      leftOut,
      problems: [...this.#problems, ...problems],
    }
  }
}

function told(message: string): Failure {
  return { message, stack: undefined, diff: undefined }
}
