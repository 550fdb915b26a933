import { MemoryError } from '../../src/index.js'

/** The code of the MemoryError that an operation throws or rejects with, else the error's name, else 'nothing'. */
export async function codeOf(operation: () => unknown): Promise<string> {
  try {
    await operation()
  } catch (error) {
    if (error instanceof MemoryError) return error.code
    return error instanceof Error ? error.constructor.name : typeof error
  }
  return 'nothing'
}

/** The MemoryError that an operation throws. */
export function memoryErrorOf(operation: () => unknown): MemoryError {
  try {
    operation()
  } catch (error) {
    if (error instanceof MemoryError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
