import { type ErrorCode, MemoryError } from '@holdfast/core'

const noSpace = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** The `code` of an error of the operating system, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Errors with which a file system says that it has no hard links. */
export const linksUnavailable: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** Errors with which a system says that it has no descriptors, processes or memory to give for now. */
export const outOfResources: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'])

/**
 * What a failed disk operation means to a caller: `NO_SPACE` for a full disk or quota, else `CONNECTION`; the message
 * names the place. Errors that are no operating system's pass unchanged.
 */
export function diskFailure(error: unknown, what: string): unknown {
  const code = systemCode(error)
  if (error instanceof MemoryError || code === undefined) return error
  const kind: ErrorCode = noSpace.has(code) ? 'NO_SPACE' : 'CONNECTION'
  const place = placeOf(error)
  const where = place === undefined || what.includes(place) ? '' : ` (${place})`
  return new MemoryError(kind, `${what}: ${code}${where}`, { cause: error })
}

/** What the operating system refused to make, change or read, where it says so. */
function placeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('dest' in error && typeof error.dest === 'string') return error.dest
  return 'path' in error && typeof error.path === 'string' ? error.path : undefined
}

/** Runs a disk operation and translates its failure: see {@link diskFailure}. */
export async function onDisk<T>(what: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw diskFailure(error, what)
  }
}

/** Runs an operation whose subject may be absent: `undefined` for `ENOENT`. */
export async function ifPresent<T>(operation: () => Promise<T>): Promise<T | undefined> {
  try {
    return await operation()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
