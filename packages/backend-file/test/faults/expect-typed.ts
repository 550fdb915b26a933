import type { ErrorCode } from '@holdfast/core'
import { expect } from 'vitest'
import type { Outcome } from './remote-store.js'

/** An error that a program can act on: of the class that is promised, with one of these codes. */
export function expectTyped(outcome: Outcome, ...codes: readonly ErrorCode[]): void {
  expect(outcome).toMatchObject({ kind: 'refused', name: 'MemoryError' })
  if (outcome.kind === 'refused') expect(codes, outcome.message).toContain(outcome.code)
}
