import type { BackendCapabilities } from '@holdfast/core'

export type CapabilityName = keyof BackendCapabilities

/** A test that does not exist for a backend, because of what it declares or its harness does not offer. */
export interface LeftOutTest {
  readonly path: readonly string[]
  readonly title: string
  /**
   * The capabilities that are false and would have to be true for the test to be there. None where only the harness
   * would have to offer `openAgain`, which a backend with several writers must.
   */
  readonly needs: readonly CapabilityName[]
}

/** Why a test is left out, in words. */
export function reasonFor({ needs }: LeftOutTest): string {
  if (needs.length === 0) return 'the harness has no openAgain'
  return `the backend declares ${needs.map((name) => `${name}: false`).join(' and ')}`
}
