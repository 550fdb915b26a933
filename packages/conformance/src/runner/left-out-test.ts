import type { BackendCapabilities } from '@holdfast/core'

export type CapabilityName = keyof BackendCapabilities

/** A test that does not exist for a backend, because of what the backend declares that it cannot do. */
export interface LeftOutTest {
  readonly path: readonly string[]
  readonly title: string
  /** The capabilities that are false and would have to be true for the test to be there. */
  readonly needs: readonly CapabilityName[]
}

/** Why a test is left out, in words. */
export function reasonFor({ needs }: LeftOutTest): string {
  return `the backend declares ${needs.map((name) => `${name}: false`).join(' and ')}`
}
