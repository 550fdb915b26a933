import type { BackendHarness } from './backend-harness.js'

/** Nodes of the scope that is deleted whole, unless the harness says otherwise. */
export const usualLargeScope = 100_000

/** What a harness may say at least: with fewer, a backend passes that stops at the first thousand. */
export const leastLargeScope = 2_000

/**
 * Nodes of the scope that is deleted whole.
 * @throws {RangeError} when the harness says something that is no such number.
 */
export function largeScopeOf({ largeScope = usualLargeScope }: Pick<BackendHarness, 'largeScope'>): number {
  if (!Number.isSafeInteger(largeScope) || largeScope < leastLargeScope) {
    throw new RangeError(`largeScope must be a whole number, ${leastLargeScope} at least`)
  }
  return largeScope
}

/** What a report says of a scope that is smaller than usual; nothing when it is not. */
export function smallerScope(largeScope = usualLargeScope): string | undefined {
  if (largeScope >= usualLargeScope) return undefined
  return `smaller than usual: ${inWords(largeScope)} nodes are deleted at once, not ${inWords(usualLargeScope)} (largeScope of the harness)`
}

/** A number as it stands in titles. */
export function inWords(count: number): string {
  return count.toLocaleString('en-US')
}
