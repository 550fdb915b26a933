import { type ErrorCode, MemoryError } from '@holdfast/core'

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'EACCES',
])

/** What `pg.Pool` says when its connections stay in use for longer than a caller waits. */
const poolTimeout = 'timeout exceeded when trying to connect'

/** SQLSTATE, or its class of two characters, to our code. Source: PostgreSQL manual, appendix A. */
const sqlStates: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  '08': ['CONNECTION', 'the connection to the database failed'],
  '28': ['CONNECTION', 'the database refused the user or password'],
  '3D000': ['CONNECTION', 'the database does not exist'],
  '3F000': ['SCHEMA_BEHIND', 'the schema is missing: open once with migrate: "auto"'],
  '42P01': [
    'SCHEMA_BEHIND',
    'a table is missing: open once with migrate: "auto", or ask holdfast-migrator doctor what was altered',
  ],
  '42703': [
    'SCHEMA_BEHIND',
    'a column is missing: open once with migrate: "auto", or ask holdfast-migrator doctor what was altered',
  ],
  '42501': ['CONNECTION', 'the database user lacks a privilege'],
  '25006': ['CONNECTION', 'the database is read-only'],
  '25P03': ['TIMEOUT', 'the transaction was left waiting for this program for too long'],
  '25P04': ['TIMEOUT', 'the transaction took longer than the database allows'],
  '40': ['CONFLICT', 'a concurrent change stood in the way'],
  '53100': ['NO_SPACE', 'the disk of the database is full'],
  '53300': ['CONNECTION', 'the database has no connection left'],
  '53': ['CONNECTION', 'the database is out of memory or beyond a limit'],
  '55P03': ['TIMEOUT', 'a lock was not free in time'],
  '57014': ['TIMEOUT', 'the statement took longer than statementTimeoutMs, or was cancelled'],
  '57P': ['CONNECTION', 'the database is shutting down or starting'],
  XX001: ['CORRUPT', 'the database reports damaged data'],
  XX002: ['CORRUPT', 'the database reports a damaged index'],
}

/**
 * Turns what `pg` threw into a {@link MemoryError}. The server's own words are added: they name tables, users and
 * privileges, never a password.
 */
export function toMemoryError(error: unknown): unknown {
  if (error instanceof MemoryError || !(error instanceof Error)) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (error.message === poolTimeout) {
    const message = 'every connection was in use, and none became free in time (connectTimeoutMs)'
    return new MemoryError('TIMEOUT', message, { cause: error })
  }
  if (code === 'ETIMEDOUT' || (/timeout/i.test(error.message) && !isSqlState(code))) {
    return new MemoryError('TIMEOUT', `the database did not answer in time: ${error.message}`, {
      cause: error,
    })
  }
  if ('syscall' in error && error.syscall === 'open' && 'path' in error) {
    const message = `the file ${error.path}, which the connection names, cannot be read (${code})`
    return new MemoryError('CONNECTION', message, { cause: error })
  }
  if (code !== undefined && networkCodes.has(code)) {
    const where = placeOf(error)
    return new MemoryError('CONNECTION', `the database cannot be reached${where} (${code})`, { cause: error })
  }
  if (code === 'XX000' && error.message.endsWith('File too large')) {
    const message = `the database may not make its files any larger: ${error.message} (SQLSTATE ${code})`
    return new MemoryError('NO_SPACE', message, { cause: error })
  }
  if (isSqlState(code)) {
    const [known, reason] = sqlStates[code] ??
      sqlStates[code.slice(0, 3)] ??
      sqlStates[code.slice(0, 2)] ?? ['CONNECTION', 'the database refused the statement']
    return new MemoryError(known, `${reason}: ${error.message} (SQLSTATE ${code})`, { cause: error })
  }
  if (error instanceof TypeError || error instanceof RangeError) return error
  return new MemoryError('CONNECTION', `the connection to the database failed: ${error.message}`, {
    cause: error,
  })
}

/** Where a connection was tried, as Node says it in the error: address or name, and port. Never a password. */
function placeOf(error: Error): string {
  const host = 'address' in error ? error.address : 'hostname' in error ? error.hostname : undefined
  if (typeof host !== 'string') return ''
  return 'port' in error && typeof error.port === 'number' ? ` at ${host}, port ${error.port}` : ` at ${host}`
}

/** The SQLSTATE of an error that the server sent, or `undefined`. */
export function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof MemoryError) return sqlStateOf(error.cause)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && isSqlState(code) ? code : undefined
}

/** The text of an error, or of the one it was made from. */
export function messageOf(error: unknown): string {
  if (error instanceof MemoryError && error.cause !== undefined) return messageOf(error.cause)
  return error instanceof Error ? error.message : String(error)
}

function isSqlState(code: string | undefined): code is string {
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]+$/.test(code)
}
