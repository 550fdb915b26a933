import { smallerScope } from '../large-scope.js'
import { reasonFor } from './left-out-test.js'
import { type RunResult, suiteOf } from './run-result.js'

/** All tests by suite, those that are left out with the reason. */
export function listReport({ name, largeScope, tests, leftOut, problems }: RunResult): string {
  const lines = [name]
  for (const suite of new Set([...tests, ...leftOut].map(suiteOf))) {
    lines.push(`  ${suite}`)
    for (const test of tests) if (suiteOf(test) === suite) lines.push(`    ${test.title}`)
    for (const test of leftOut) {
      if (suiteOf(test) === suite) lines.push(`    − ${test.title} (left out: ${reasonFor(test)})`)
    }
  }
  lines.push(...problems.map(({ what, failure }) => `✗ ${what}: ${failure.message}`))
  lines.push('', `${tests.length} tests, ${leftOut.length} left out`)
  const smaller = smallerScope(largeScope)
  if (smaller !== undefined) lines.push(`  ${smaller}`)
  return `${lines.join('\n')}\n`
}
