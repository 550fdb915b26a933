import type { Declared, DeclaredHook, DeclaredTest } from './declared-test.js'
import { failureOf } from './failure-of.js'
import type { Failure, RunnerEvent } from './runner-event.js'

/** Milliseconds that a test, or a hook that says nothing else, may take. */
const testTimeout = 60_000

type Send = (event: RunnerEvent) => void

/**
 * Runs tests one after the other and tells of each. An error that nobody waited for counts against the test in which
 * it comes up; without one, against the run. The tests of a `setup` that failed are not run.
 */
export async function runTests({ tests, before, after }: Declared, send: Send): Promise<void> {
  let stray = (failure: Failure) => send({ type: 'failed', what: 'outside of any test', failure })
  const outside = stray
  const onStray = (error: unknown) => stray(failureOf(error))
  process.on('uncaughtException', onStray)
  try {
    if (!(await runHooks('setup', before, send))) return
    for (const [test, declared] of tests.entries()) {
      const failures: Failure[] = []
      stray = (failure) => failures.push(failure)
      send({ type: 'started', test })
      const started = performance.now()
      failures.push(...(await failuresOf(declared, declared.timeout ?? testTimeout)))
      // A promise that was rejected in the test's last turn is reported in the next.
      await new Promise((resolve) => setImmediate(resolve))
      send({ type: 'ended', test, milliseconds: performance.now() - started, failures })
    }
    stray = outside
    await runHooks('teardown', after, send)
  } finally {
    process.off('uncaughtException', onStray)
  }
}

async function runHooks(what: string, hooks: readonly DeclaredHook[], send: Send): Promise<boolean> {
  for (const hook of hooks) {
    const [failure] = await failuresOf(hook, hook.timeout ?? testTimeout)
    if (failure === undefined) continue
    send({ type: 'failed', what, failure })
    return false
  }
  return true
}

async function failuresOf(
  { run }: DeclaredTest | DeclaredHook,
  timeout: number,
): Promise<readonly Failure[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${timeout} ms`)), timeout)
  })
  try {
    await Promise.race([(async () => run())(), late])
    return []
  } catch (error) {
    return [failureOf(error)]
  } finally {
    clearTimeout(timer)
  }
}
