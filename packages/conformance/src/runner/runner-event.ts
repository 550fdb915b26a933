import type { BackendCapabilities } from '@holdfast/core'
import type { LeftOutTest } from './left-out-test.js'

/** A test by its titles; its number is its place among the declared ones. */
export interface TestName {
  readonly path: readonly string[]
  readonly title: string
}

/** What went wrong, as it can be sent to another process. */
export interface Failure {
  readonly message: string
  readonly stack: string | undefined
  /** What was expected and what was there, line by line. */
  readonly diff: string | undefined
}

/** What the process that runs the tests tells the one that reports. */
export type RunnerEvent =
  | {
      readonly type: 'declared'
      readonly name: string
      readonly capabilities: BackendCapabilities
      /** Nodes of the scope that is deleted whole. */
      readonly largeScope: number
      readonly tests: readonly TestName[]
      readonly leftOut: readonly LeftOutTest[]
    }
  | { readonly type: 'started'; readonly test: number }
  | {
      readonly type: 'ended'
      readonly test: number
      readonly milliseconds: number
      /** None when the test passed. */
      readonly failures: readonly Failure[]
    }
  /** Something outside of any test: `setup`, `teardown`, an error that nobody waited for. */
  | { readonly type: 'failed'; readonly what: string; readonly failure: Failure }
  /** The harness is none, so that there is nothing to run. */
  | { readonly type: 'unusable'; readonly reason: string }
  | { readonly type: 'done' }
