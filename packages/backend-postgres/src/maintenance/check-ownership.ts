import { MemoryError } from '@holdfast/core'
import { adminAccess } from '../connection/access.js'
import { textOf } from '../connection/session.js'
import { textArray } from '../records/binary-array.js'
import { quoteIdentifier } from '../schema/schema-names.js'
import { forCall, reading, type Store } from '../store.js'
import { vectorTables } from './survey-owners.js'

/**
 * Looks whether the user who logged in may make and drop indexes, before anything is written down about one.
 * Source: PostgreSQL manual, CREATE INDEX; `DefineIndex` asks for CREATE on the schema as well.
 * @throws {MemoryError} `CONNECTION`, saying which right is missing.
 */
export async function checkOwnership(
  store: Store,
  call: { readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { plain, quoted } = store.names
  // Indexes are made as the user who logged in, not as one of the roles.
  const asLogin: Store = { ...store, roles: undefined }
  const [user, others, mayCreate] = await reading(asLogin, forCall(adminAccess, call), async (session) => {
    const { rows } = await session.query(
      `SELECT current_user, string_agg(c.relname, ' and ' ORDER BY c.relname)
           FILTER (WHERE NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')),
         bool_and(pg_catalog.has_schema_privilege(n.oid, 'CREATE'))
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = $1 AND c.relname = ANY($2::text[])`,
      [plain, textArray(vectorTables)],
    )
    return rows[0] ?? []
  })
  const needs = 'maintenance makes and drops indexes, which only'
  if (typeof others === 'string') {
    throw new MemoryError(
      'CONNECTION',
      `${needs} the owner of the tables of ${plain} may, and ${textOf(user)} does not own ${others}: connect as that user`,
    )
  }
  if (mayCreate === 't') return
  throw new MemoryError(
    'CONNECTION',
    `${needs} who may create in the schema ${plain} may: GRANT CREATE ON SCHEMA ${quoted} TO ${quoteIdentifier(textOf(user))}`,
  )
}
