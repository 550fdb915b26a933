/**
 * Lets go of files, of each one whatever becomes of the others. That closing one fails is of no consequence: it was
 * only read, or was synced before, and its descriptor is gone all the same.
 */
export async function releaseAll(files: Iterable<{ release(): Promise<void> }>): Promise<void> {
  for (const file of files) await file.release().catch(() => {})
}
