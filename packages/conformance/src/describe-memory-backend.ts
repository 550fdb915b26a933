import { afterAll, beforeAll, describe } from '#test'
import type { BackendHarness } from './backend-harness.js'
import { abortSignalSuite } from './suites/abort-signal.suite.js'
import { accessCountsSuite } from './suites/access-counts.suite.js'
import { adminSuite } from './suites/admin.suite.js'
import { afterEachWriteSuite } from './suites/after-each-write.suite.js'
import { alignmentSuite } from './suites/alignment.suite.js'
import { allOrNothingSuite } from './suites/all-or-nothing.suite.js'
import { approximateSearchSuite } from './suites/approximate-search.suite.js'
import { badInputSuite } from './suites/bad-input.suite.js'
import { clustersSuite } from './suites/clusters.suite.js'
import { concurrencySuite } from './suites/concurrency.suite.js'
import { concurrentWritersSuite } from './suites/concurrent-writers.suite.js'
import { cursorsSuite } from './suites/cursors.suite.js'
import { deleteSuite } from './suites/delete.suite.js'
import { deleteAllSuite } from './suites/delete-all.suite.js'
import { embeddingsSuite } from './suites/embeddings.suite.js'
import { episodesSuite } from './suites/episodes.suite.js'
import { errorsSuite } from './suites/errors.suite.js'
import { explainSearchSuite } from './suites/explain-search.suite.js'
import { exportSuite } from './suites/export.suite.js'
import { exportAndImportSuite } from './suites/export-and-import.suite.js'
import { failSecureSuite } from './suites/fail-secure.suite.js'
import { filtersSuite } from './suites/filters.suite.js'
import { harnessSuite } from './suites/harness.suite.js'
import { idsSuite } from './suites/ids.suite.js'
import { insertAndGetSuite } from './suites/insert-and-get.suite.js'
import { isolationOfWritesSuite } from './suites/isolation-of-writes.suite.js'
import { keywordSearchSuite } from './suites/keyword-search.suite.js'
import { lifecycleSuite } from './suites/lifecycle.suite.js'
import { lifecycleStatesSuite } from './suites/lifecycle-states.suite.js'
import { manyRecordsSuite } from './suites/many-records.suite.js'
import { onConflictSuite } from './suites/on-conflict.suite.js'
import { ownershipOfObjectsSuite } from './suites/ownership-of-objects.suite.js'
import { pagesSuite } from './suites/pages.suite.js'
import { personalScopeSuite } from './suites/personal-scope.suite.js'
import { reopenSuite } from './suites/reopen.suite.js'
import { resourcesSuite } from './suites/resources.suite.js'
import { scanSuite } from './suites/scan.suite.js'
import { scopeIsolationSuite } from './suites/scope-isolation.suite.js'
import { scopedHandleSuite } from './suites/scoped-handle.suite.js'
import { storedValuesSuite } from './suites/stored-values.suite.js'
import { updateSuite } from './suites/update.suite.js'
import { vectorLimitsSuite } from './suites/vector-limits.suite.js'
import { vectorMatchesSuite } from './suites/vector-matches.suite.js'
import { vectorSearchSuite } from './suites/vector-search.suite.js'

/** Simple things first: what a later suite builds on has been tested by then. */
const suites = [
  harnessSuite,
  lifecycleSuite,
  lifecycleStatesSuite,
  reopenSuite,
  errorsSuite,
  scopeIsolationSuite,
  failSecureSuite,
  insertAndGetSuite,
  idsSuite,
  storedValuesSuite,
  ownershipOfObjectsSuite,
  allOrNothingSuite,
  badInputSuite,
  onConflictSuite,
  pagesSuite,
  filtersSuite,
  scanSuite,
  cursorsSuite,
  vectorSearchSuite,
  vectorMatchesSuite,
  vectorLimitsSuite,
  embeddingsSuite,
  clustersSuite,
  alignmentSuite,
  explainSearchSuite,
  approximateSearchSuite,
  keywordSearchSuite,
  updateSuite,
  accessCountsSuite,
  deleteSuite,
  deleteAllSuite,
  afterEachWriteSuite,
  manyRecordsSuite,
  episodesSuite,
  personalScopeSuite,
  isolationOfWritesSuite,
  scopedHandleSuite,
  adminSuite,
  exportSuite,
  exportAndImportSuite,
  abortSignalSuite,
  concurrencySuite,
  concurrentWritersSuite,
  resourcesSuite,
] as const

/** Milliseconds a test may take. Far more than any needs: a busy machine is not a wrong backend. */
const testTimeout = 60_000

/**
 * Declares the tests that every backend must pass. Called at the top of a vitest file, it is the whole file.
 */
export function describeMemoryBackend(harness: BackendHarness): void {
  describe(harness.name, { timeout: testTimeout }, () => {
    if (harness.setup) beforeAll(() => harness.setup?.(), harness.setupTimeout)
    if (harness.teardown) afterAll(() => harness.teardown?.(), harness.setupTimeout)
    for (const suite of suites) suite(harness)
  })
}
