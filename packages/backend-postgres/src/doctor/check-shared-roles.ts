import { type Session, textOf } from '../connection/session.js'
import { quoteIdentifier, type SchemaNames } from '../schema/schema-names.js'
import { type DatabaseFinding, databaseFinding } from './database-finding.js'

/**
 * Looks for other databases of the server in which the roles of the store have privileges: roles belong to the server, so
 * a store of the same schema name there has the same two, and so do the logins of its program. They reach this
 * database as long as everybody may connect to it, which is the default.
 */
export async function checkSharedRoles(
  session: Session,
  { appRole, adminRole }: SchemaNames,
): Promise<readonly DatabaseFinding[]> {
  const { rows } = await session.query(
    `SELECT DISTINCT r.rolname, d.datname, current_database()
     FROM pg_roles r JOIN pg_shdepend s ON s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid
     JOIN pg_database d ON d.oid = s.dbid
     WHERE r.rolname IN ($1, $2) AND d.datname <> current_database()
       AND has_database_privilege('public', current_database(), 'CONNECT')
     ORDER BY 1, 2`,
    [appRole, adminRole],
  )
  const here = quoteIdentifier(textOf(rows[0]?.[2] ?? ''))
  return [...new Set(rows.map(([role]) => textOf(role)))].map((role) => {
    const others = rows.filter(([name]) => name === role).map(([, database]) => textOf(database))
    return databaseFinding(
      'ROLE_SHARED',
      `role ${role}`,
      `it is used in other databases of this server too (${others.join(', ')}): whoever may act as it there may do so here`,
      `REVOKE CONNECT ON DATABASE ${here} FROM PUBLIC;`,
      'Then GRANT CONNECT to the logins of this database; or give the stores different schema names.',
    )
  })
}
