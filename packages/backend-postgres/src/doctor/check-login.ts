import { type Session, textOf } from '../connection/session.js'
import { quoteIdentifier, type SchemaNames } from '../schema/schema-names.js'
import { type DatabaseFinding, databaseFinding } from './database-finding.js'
import type { LoginReport } from './database-report.js'

/** Who is connected, and what that role and the two of the store may do. */
export interface LoginCheck {
  readonly login: LoginReport
  readonly findings: readonly DatabaseFinding[]
  /** The role to take for seeing all rows; `undefined` for none, when the login sees them itself. */
  readonly allRowsAs: string | undefined
  readonly seesAllRows: boolean
}

interface Options {
  readonly names: SchemaNames
  readonly embedded: boolean
  readonly rowLevelSecurity: boolean
}

/** Looks at the login, and where row level security was set up at the roles that its policies name. */
export async function checkLogin(session: Session, options: Options): Promise<LoginCheck> {
  const { names, embedded, rowLevelSecurity } = options
  const { rows } = await session.query(
    `SELECT r.rolname, r.rolsuper, r.rolbypassrls, EXISTS (SELECT FROM pg_class c
       WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p') AND pg_has_role(r.oid, c.relowner, 'USAGE'))
     FROM pg_roles r WHERE r.rolname = current_user`,
    [names.quoted],
  )
  const [role, superuser, bypass, owns] = rows[0] ?? []
  const login = {
    role: textOf(role),
    superuser: superuser === 't',
    bypassesRowLevelSecurity: superuser === 't' || bypass === 't',
    ownsTables: owns === 't',
  }
  if (!rowLevelSecurity) {
    const how = `As a role that may make roles, open the store once with rowLevelSecurity: true.`
    const message = 'row level security is not set up: scopes are kept apart by the statements alone'
    const findings = [databaseFinding('RLS_NOT_SET_UP', names.plain, message, how)]
    return { login, findings, allRowsAs: undefined, seesAllRows: true }
  }
  const roles = await checkRoles(session, names)
  const findings = [...roles.findings, ...(embedded ? [] : loginFindings(login, names))]
  const seesAllRows = login.bypassesRowLevelSecurity || roles.mayBeAdmin
  return { login, findings, allRowsAs: roles.mayBeAdmin ? names.adminRole : undefined, seesAllRows }
}

function loginFindings(
  { role, superuser, bypassesRowLevelSecurity, ownsTables }: LoginReport,
  names: SchemaNames,
): readonly DatabaseFinding[] {
  const app = quoteIdentifier(names.appRole)
  const instead = `CREATE ROLE holdfast_login LOGIN PASSWORD '…' NOSUPERUSER NOBYPASSRLS; GRANT ${app} TO holdfast_login;`
  const held = `the policies hold it only while it acts as ${names.appRole}, as this package makes it`
  if (superuser) {
    return [databaseFinding('LOGIN_SUPERUSER', `role ${role}`, `it is a superuser: ${held}`, instead)]
  }
  if (bypassesRowLevelSecurity) {
    const how = `ALTER ROLE ${quoteIdentifier(role)} NOBYPASSRLS;`
    return [databaseFinding('LOGIN_BYPASSES_RLS', `role ${role}`, `it has BYPASSRLS: ${held}`, how, instead)]
  }
  if (!ownsTables) return []
  const message = 'it owns the tables, so it could take the policies away; an application needs no such login'
  return [databaseFinding('LOGIN_OWNS_TABLES', `role ${role}`, message)]
}

/** The two roles of the store: there, harmless, and open to the login. */
async function checkRoles(session: Session, names: SchemaNames) {
  const findings: DatabaseFinding[] = []
  const add = (...parts: Parameters<typeof databaseFinding>) => findings.push(databaseFinding(...parts))
  const { rows } = await session.query(
    `SELECT r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole, has_schema_privilege(r.oid, $3::regnamespace::oid, 'CREATE'),
       EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = $3::regnamespace AND pg_has_role(r.oid, c.relowner, 'MEMBER')),
       EXISTS (SELECT FROM pg_roles a WHERE a.rolname = $2 AND a.oid <> r.oid AND pg_has_role(r.oid, a.oid, 'MEMBER')),
       pg_has_role(current_user, r.oid,
         CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END)
     FROM pg_roles r WHERE r.rolname IN ($1, $2) ORDER BY r.rolname = $2`,
    [names.appRole, names.adminRole, names.quoted],
  )
  let mayBeAdmin = false
  for (const role of [names.appRole, names.adminRole]) {
    const quoted = quoteIdentifier(role)
    const found = rows.find(([name]) => name === role)
    if (found === undefined) {
      const how =
        'As a role that may make roles, run the step row_level_security of holdfast-migrator schema.'
      add('ROLE_MISSING', `role ${role}`, 'it is missing', how)
      continue
    }
    const [, superuser, bypass, createRole, create, owner, admin, assumable] = found.map(
      (cell) => cell === 't',
    )
    const unsafe = (message: string, how: string) => add('ROLE_UNSAFE', `role ${role}`, message, how)
    if (superuser) unsafe('it is a superuser, whom no policy holds', `ALTER ROLE ${quoted} NOSUPERUSER;`)
    if (bypass) unsafe('it has BYPASSRLS: no policy holds it', `ALTER ROLE ${quoted} NOBYPASSRLS;`)
    if (superuser || bypass) continue
    if (createRole) unsafe('it may make roles', `ALTER ROLE ${quoted} NOCREATEROLE;`)
    if (create)
      unsafe('it may create in the schema', `REVOKE CREATE ON SCHEMA ${names.quoted} FROM ${quoted};`)
    if (owner) unsafe('it may act as the owner of the tables', `REVOKE the owner's role FROM ${quoted};`)
    if (admin) {
      const how = `REVOKE ${quoteIdentifier(names.adminRole)} FROM ${quoted};`
      unsafe(`it may act as ${names.adminRole}, which sees every scope`, how)
    }
    if (role === names.adminRole) mayBeAdmin = assumable === true
    else if (!assumable) {
      const how = `GRANT ${quoted} TO the login;`
      add(
        'ROLE_NOT_ASSUMABLE',
        `role ${role}`,
        'the login may not act as it, so the store cannot be opened',
        how,
      )
    }
  }
  return { findings, mayBeAdmin }
}
