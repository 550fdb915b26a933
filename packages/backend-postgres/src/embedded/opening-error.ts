import { MemoryError } from '@holdfast/core'
import { sqlStateOf } from '../connection/sql-error.js'

/** ENOSPC and EDQUOT as embedded PostgreSQL's file system numbers them. Source: WASI preview 1, `errno`. */
const wasiFull: ReadonlySet<unknown> = new Set([51, 19])

/** What the file system or embedded PostgreSQL threw while a directory was opened, as `CONNECTION` or `NO_SPACE`. */
export function openingError(cause: unknown, directory: string): MemoryError {
  if (cause instanceof MemoryError) return cause
  if (isFull(cause)) {
    return new MemoryError('NO_SPACE', `there is no room on the disk of ${directory}`, { cause })
  }
  const code = codeOf(cause)
  const why = code === undefined ? '' : ` (${code})`
  return new MemoryError('CONNECTION', `${directory} cannot be opened as embedded PostgreSQL${why}`, {
    cause,
  })
}

function isFull(cause: unknown): boolean {
  const code = codeOf(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT' || sqlStateOf(cause) === '53100') return true
  // PGlite's own file system throws its errors without a code.
  return (
    typeof cause === 'object' &&
    cause !== null &&
    'name' in cause &&
    cause.name === 'ErrnoError' &&
    'errno' in cause &&
    wasiFull.has(cause.errno)
  )
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}
