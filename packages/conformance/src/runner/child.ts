import { largeScopeOf } from '../large-scope.js'
import { declaredTests, leftOutTests } from './left-out-tests.js'
import { loadHarness, UnusableHarness } from './load-harness.js'
import { runTests } from './run-tests.js'
import type { RunnerEvent } from './runner-event.js'

// Runs the tests of one harness in a process of its own, which tells of them over the channel to its parent: started
// by start-child.ts, with the condition that makes `#test` the API beside this file.

const [file = '', mode = 'run'] = process.argv.slice(2)
const sent: Promise<void>[] = []

// Nobody is there to be told any more.
process.once('disconnect', () => process.exit(1))

function send(event: RunnerEvent): void {
  sent.push(
    new Promise((resolve) => {
      process.send?.(event, undefined, {}, () => resolve())
    }),
  )
}

try {
  const harness = await loadHarness(file)
  const declared = declaredTests(harness)
  const tests = declared.tests.map(({ path, title }) => ({ path, title }))
  const { name, capabilities } = harness
  const largeScope = largeScopeOf(harness)
  send({ type: 'declared', name, capabilities, largeScope, tests, leftOut: leftOutTests(harness) })
  if (mode === 'run') await runTests(declared, send)
  send({ type: 'done' })
} catch (error) {
  if (!(error instanceof UnusableHarness)) throw error
  send({ type: 'unusable', reason: error.message })
}
await Promise.all(sent)
// What a backend leaves open must not keep the run from ending; the suite has a test for that.
process.exit()
