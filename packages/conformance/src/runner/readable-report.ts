import { smallerScope } from '../large-scope.js'
import { reasonFor } from './left-out-test.js'
import { countOf, hasPassed, type RunResult, suiteOf, type TestResult } from './run-result.js'
import type { Failure } from './runner-event.js'

/** Tells people of a run: a line for each suite as soon as it is over, then what failed and what was left out. */
export class ReadableReport {
  readonly #write: (text: string) => void
  readonly #told = new Set<string>()
  #isNamed = false

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  /** Writes the lines of the suites that are over. @param result so far. */
  progress(result: RunResult): void {
    if (!this.#isNamed && result.name !== '') {
      this.#write(`${result.name}\n`)
      this.#isNamed = true
    }
    this.#suites(result, (tests) => tests.every(({ outcome }) => outcome !== 'notRun'))
  }

  /** Writes everything that has not been said yet. */
  end(result: RunResult): void {
    this.#suites(result, () => true)
    const failed = result.tests.filter(({ outcome }) => outcome === 'failed')
    const blocks = [
      ...result.problems.map(({ what, failure }) => [`✗ ${what}`, ...failureLines(failure)]),
      ...failed.map((test) => [
        `✗ ${suiteOf(test)} › ${test.title}`,
        ...test.failures.flatMap((failure) => failureLines(failure)),
      ]),
      [countsLine(result), ...leftOutReasons(result.leftOut), ...smallerLine(result)],
      [verdict(result)],
    ]
    for (const lines of blocks) this.#write(`\n${lines.join('\n')}\n`)
  }

  /** In their order: none is told of before the one above it. */
  #suites({ tests, leftOut }: RunResult, isOver: (tests: readonly TestResult[]) => boolean): void {
    for (const suite of new Set([...tests, ...leftOut].map(suiteOf))) {
      if (this.#told.has(suite)) continue
      const own = tests.filter((test) => suiteOf(test) === suite)
      if (!isOver(own)) return
      this.#told.add(suite)
      const left = leftOut.filter((test) => suiteOf(test) === suite)
      this.#write(suiteLine(suite, own, left.length))
    }
  }
}

function suiteLine(suite: string, tests: readonly TestResult[], leftOut: number): string {
  const count = (wanted: TestResult['outcome']) => tests.filter(({ outcome }) => outcome === wanted).length
  const parts = [
    [count('passed'), 'passed'],
    [count('failed'), 'failed'],
    [count('notRun'), 'not run'],
    [leftOut, 'left out'],
  ] as const
  const counted = parts.flatMap(([number, what]) => (number === 0 ? [] : [`${number} ${what}`]))
  const mark = count('failed') > 0 ? '✗' : count('passed') > 0 ? '✓' : '−'
  return `  ${mark} ${suite}: ${counted.join(', ')}\n`
}

function failureLines({ message, diff, stack }: Failure): readonly string[] {
  const [frame] = stack?.split('\n').filter((line) => !line.includes('/node_modules/@vitest/')) ?? []
  const lines = [...message.split('\n'), ...(diff?.split('\n') ?? []), ...(frame ? [frame.trim()] : [])]
  return lines.map((line) => `    ${line}`)
}

function leftOutReasons(leftOut: RunResult['leftOut']): readonly string[] {
  const counts = new Map<string, number>()
  for (const test of leftOut) counts.set(reasonFor(test), (counts.get(reasonFor(test)) ?? 0) + 1)
  return [...counts].map(([reason, count]) => `  ${count} left out: ${reason}`)
}

function smallerLine({ largeScope }: RunResult): readonly string[] {
  const smaller = smallerScope(largeScope)
  return smaller === undefined ? [] : [`  ${smaller}`]
}

function countsLine(result: RunResult): string {
  const { leftOut, tests } = result
  const milliseconds = tests.reduce((sum, test) => sum + test.milliseconds, 0)
  const counted = [
    `${countOf(result, 'passed')} passed`,
    `${countOf(result, 'failed')} failed`,
    ...(countOf(result, 'notRun') > 0 ? [`${countOf(result, 'notRun')} not run`] : []),
    ...(leftOut.length > 0 ? [`${leftOut.length} left out`] : []),
  ]
  return `${counted.join(', ')} in ${(milliseconds / 1_000).toFixed(1)} s`
}

function verdict(result: RunResult): string {
  if (!hasPassed(result)) return `${result.name} does not keep the contract`
  return result.leftOut.length === 0
    ? `${result.name} keeps the contract`
    : `${result.name} keeps the contract in what it declares that it can do`
}
