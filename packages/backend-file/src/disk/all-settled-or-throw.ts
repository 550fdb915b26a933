/**
 * Waits for all reads even when one fails: they may write into memory that is used again, and nobody may close a file
 * under one.
 * @throws what the first that failed has thrown.
 */
export async function allSettledOrThrow(reads: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(reads)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
