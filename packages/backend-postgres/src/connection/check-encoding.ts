import { MemoryError } from '@holdfast/core'
import type { Session } from './session.js'

/**
 * Ids and owners are UTF-8. A database in another encoding refuses some of them, or, in SQL_ASCII, compares their bytes
 * without knowing what they are.
 * @throws {MemoryError} `CONNECTION` when the database is in another encoding.
 */
export async function checkEncoding(session: Session): Promise<void> {
  const { rows } = await session.query("SELECT pg_catalog.current_setting('server_encoding')", [])
  const encoding = rows[0]?.[0]
  if (encoding === 'UTF8') return
  throw new MemoryError(
    'CONNECTION',
    `the database is in the encoding ${encoding}, a store needs UTF8: CREATE DATABASE with ENCODING 'UTF8'`,
  )
}
