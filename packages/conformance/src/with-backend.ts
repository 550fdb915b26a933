import type { MemoryBackend } from '@holdfast/core'
import type { BackendHarness, CreateOptions } from './backend-harness.js'

/** Dimensions of the stores that the suite makes where the number does not matter. */
export const usualDimensions = 8

/** Creates a backend for the length of one callback and destroys it whatever happens. */
export async function withBackend(
  harness: BackendHarness,
  use: (backend: MemoryBackend) => Promise<void>,
  options: CreateOptions = { dimensions: usualDimensions },
): Promise<void> {
  const backend = await harness.create(options)
  try {
    await use(backend)
  } finally {
    await harness.destroy(backend)
  }
}

/** As {@link withBackend}, with a `reopen` that may be called any number of times. */
export async function withReopening(
  harness: BackendHarness,
  use: (backend: MemoryBackend, reopen: () => Promise<MemoryBackend>) => Promise<void>,
): Promise<void> {
  let current = await harness.create({ dimensions: usualDimensions })
  try {
    await use(current, async () => {
      if (harness.reopen === undefined) throw new TypeError('a durable backend needs harness.reopen')
      current = await harness.reopen(current)
      return current
    })
  } finally {
    await harness.destroy(current)
  }
}
