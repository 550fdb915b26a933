import { afterAll, beforeAll, describe } from 'vitest'
import type { BackendHarness } from './backend-harness.js'
import { harnessSuite } from './suites/harness.suite.js'
import { insertAndGetSuite } from './suites/insert-and-get.suite.js'
import { scopeIsolationSuite } from './suites/scope-isolation.suite.js'
import { vectorSearchSuite } from './suites/vector-search.suite.js'

const suites = [harnessSuite, scopeIsolationSuite, insertAndGetSuite, vectorSearchSuite] as const

/**
 * Declares the tests that every backend must pass. Call it at the top of a vitest file; one call is the whole file.
 */
export function describeMemoryBackend(harness: BackendHarness): void {
  describe(harness.name, () => {
    if (harness.setup) beforeAll(() => harness.setup?.(), harness.setupTimeout)
    if (harness.teardown) afterAll(() => harness.teardown?.(), harness.setupTimeout)
    for (const suite of suites) suite(harness)
  })
}
