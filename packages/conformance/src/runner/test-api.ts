import { chai, type ExpectStatic, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect'
import type { Declared, DeclaredHook, DeclaredTest } from './declared-test.js'

/**
 * What the suites import as `#test` when they run without vitest: see `imports` in package.json. It offers what they
 * use and no more. The assertions are vitest's own, so that no test passes here and fails there.
 */
chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

export const expect = chai.expect as unknown as ExpectStatic

type Body = () => unknown

let path: readonly string[] = []
let tests: DeclaredTest[] = []
let before: DeclaredHook[] = []
let after: DeclaredHook[] = []

/** Declares a group of tests. The options are vitest's; a time of the runner's own holds for all tests. */
export function describe(title: string, ...[options, body]: [object, Body] | [Body, undefined?]): void {
  const outer = path
  path = [...outer, title]
  try {
    if (typeof options === 'function') (options as Body)()
    else body?.()
  } finally {
    path = outer
  }
}

export function it(title: string, run: Body, timeout?: number): void {
  tests.push({ path, title, run, timeout })
}

/** `%s` in the title is the case. */
it.each =
  <T>(cases: readonly T[]) =>
  (title: string, run: (item: T) => unknown): void => {
    for (const item of cases) it(title.replace('%s', String(item)), () => run(item))
  }

export function beforeAll(run: Body, timeout?: number): void {
  before.push({ run, timeout })
}

export function afterAll(run: Body, timeout?: number): void {
  after.push({ run, timeout })
}

/** Runs what declares tests, none of which runs yet. */
export function collect(declare: () => void): Declared {
  tests = []
  before = []
  after = []
  declare()
  return { tests, before, after }
}
