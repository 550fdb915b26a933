import { countOf, hasPassed, type RunResult, suiteOf } from './run-result.js'

/** The report for programs. Fields may be added; what is there keeps its meaning. */
export function jsonReport(result: RunResult): string {
  const { name, capabilities, largeScope, tests, leftOut, problems } = result
  const report = {
    backend: name,
    passed: hasPassed(result),
    counts: {
      passed: countOf(result, 'passed'),
      failed: countOf(result, 'failed'),
      notRun: countOf(result, 'notRun'),
      leftOut: leftOut.length,
      problems: problems.length,
    },
    capabilities,
    largeScope,
    tests: tests.map((test) => ({
      suite: suiteOf(test),
      title: test.title,
      outcome: test.outcome,
      milliseconds: Math.round(test.milliseconds * 10) / 10,
      failures: test.failures,
    })),
    leftOut: leftOut.map(({ path, title, needs }) => ({ suite: suiteOf({ path, title }), title, needs })),
    problems,
  }
  return `${JSON.stringify(report, null, 2)}\n`
}
