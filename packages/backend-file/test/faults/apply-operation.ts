import type { MemoryBackend } from '@holdfast/core'
import type { Operation } from './random-history.js'
import type { Expected } from './store-model.js'

/** Does an operation in this process; the outcome as a model gives it, for comparison. */
export async function applyOperation(backend: MemoryBackend, operation: Operation): Promise<Expected> {
  const method: (...args: readonly never[]) => Promise<unknown> = backend[operation.method]
  try {
    const value: unknown = await Reflect.apply(method, backend, operation.args)
    return { value: value ?? null }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'DUPLICATE_ID')
      return { code: error.code }
    throw error
  }
}
