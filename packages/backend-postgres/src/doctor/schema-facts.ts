import { searchPath } from '../connection/search-path.js'
import { numberOf, type Session, textOf } from '../connection/session.js'
import { quoteIdentifier, quoteLiteral, type SchemaNames } from '../schema/schema-names.js'
import type { StoredVectors } from '../schema/stored-vectors.js'
import { embeddingStorage, roughRowBytes } from '../schema/vector-layout.js'

/** What a fact is about. A rule, which rewrites statements, is a trigger here. */
export type FactKind =
  | 'table'
  | 'security'
  | 'column'
  | 'constraint'
  | 'index'
  | 'policy'
  | 'trigger'
  | 'function'
  | 'grant'

/**
 * One thing the catalogs say about a schema. Names of the schema, of its roles, its dimensions and what follows from
 * them are left open.
 */
export interface SchemaFact {
  readonly kind: FactKind
  /** Table, sequence, view or function; `.` for the schema itself. */
  readonly on: string
  /** Within that; empty where there is one only. For a grant the role, and the column behind it. */
  readonly name: string
  readonly text: string
}

/** A statement that gives rows of object, name and text, for the schema in {@link shown}. `$2` and `$3` are its roles. */
const statements: readonly (readonly [FactKind, string])[] = [
  [
    'table',
    `SELECT c.relname, '', CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'S' THEN 'sequence'
         WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'relation ' || c.relkind::text END
       || CASE c.relpersistence WHEN 'p' THEN '' WHEN 'u' THEN ', unlogged' ELSE ', temporary' END
       || COALESCE((SELECT ', ' || o FROM unnest(c.reloptions) o WHERE o LIKE 'toast_tuple_target=%'), '')
     FROM pg_class c WHERE c.relnamespace = (SELECT schema FROM shown) AND c.relkind NOT IN ('i', 'I', 'c', 't')`,
  ],
  [
    'security',
    `SELECT c.relname, '', CASE WHEN c.relrowsecurity THEN 'enabled' ELSE 'disabled' END
       || CASE WHEN c.relforcerowsecurity THEN ', forced' ELSE '' END
     FROM pg_class c WHERE c.relnamespace = (SELECT schema FROM shown) AND c.relkind IN ('r', 'p')`,
  ],
  [
    'column',
    `SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || quote_ident(l.collname) ELSE '' END
       || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
       || COALESCE(CASE WHEN a.attgenerated <> '' THEN ' GENERATED AS ' ELSE ' DEFAULT ' END || pg_get_expr(d.adbin, d.adrelid, true), '')
       || CASE WHEN a.attidentity <> '' THEN ' IDENTITY' ELSE '' END
       || CASE WHEN a.attstorage <> t.typstorage OR t.typname IN ('vector', 'halfvec')
            THEN ' STORAGE ' || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END
            ELSE '' END
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation l ON l.oid = a.attcollation
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = (SELECT schema FROM shown) AND c.relkind IN ('r', 'p', 'v', 'm')`,
  ],
  // PostgreSQL 18 lists NOT NULL among the constraints too.
  [
    'constraint',
    `SELECT c.relname, k.conname, pg_get_constraintdef(k.oid, true)
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE c.relnamespace = (SELECT schema FROM shown) AND k.contype <> 'n'`,
  ],
  [
    'index',
    `SELECT c.relname, i.relname, pg_get_indexdef(i.oid, 0, true)
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
     WHERE c.relnamespace = (SELECT schema FROM shown)`,
  ],
  [
    'policy',
    `SELECT c.relname, p.polname, CASE WHEN p.polpermissive THEN '' ELSE 'AS RESTRICTIVE ' END || 'FOR '
       || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END
       || ' TO ' || (SELECT string_agg(role, ', ' ORDER BY role) FROM (
            SELECT CASE WHEN r = 0 THEN 'PUBLIC' WHEN g.rolname = $2 THEN '{{app}}' WHEN g.rolname = $3 THEN '{{admin}}'
              ELSE quote_ident(g.rolname) END AS role
            FROM unnest(p.polroles) r LEFT JOIN pg_roles g ON g.oid = r) named)
       || COALESCE(' USING (' || pg_get_expr(p.polqual, p.polrelid, false) || ')', '')
       || COALESCE(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid, false) || ')', '')
     FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = (SELECT schema FROM shown)`,
  ],
  [
    'trigger',
    `SELECT c.relname, g.tgname, pg_get_triggerdef(g.oid, true)
     FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
     WHERE c.relnamespace = (SELECT schema FROM shown) AND NOT g.tgisinternal
     UNION ALL
     SELECT c.relname, r.rulename, pg_get_ruledef(r.oid, true)
     FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
     WHERE c.relnamespace = (SELECT schema FROM shown) AND c.relkind IN ('r', 'p')`,
  ],
  [
    'function',
    `SELECT p.proname, pg_get_function_identity_arguments(p.oid), 'returns ' || pg_get_function_result(p.oid)
       || ', ' || l.lanname || CASE WHEN p.prosecdef THEN ', security definer' ELSE '' END || ', md5 ' || md5(p.prosrc)
     FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
     WHERE p.pronamespace = (SELECT schema FROM shown) AND p.prokind IN ('f', 'p')`,
  ],
  [
    'grant',
    `SELECT object, grantee || CASE WHEN attribute = '' THEN '' ELSE ' ' || attribute END,
       string_agg(privilege, ', ' ORDER BY privilege)
     FROM (
       SELECT object, attribute, CASE WHEN x.grantee = 0 THEN 'PUBLIC' WHEN g.rolname = $2 THEN '{{app}}'
           WHEN g.rolname = $3 THEN '{{admin}}' ELSE COALESCE(g.rolname, x.grantee::text) END AS grantee,
         x.privilege_type || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS privilege
       FROM (
         SELECT c.relname AS object, '' AS attribute, c.relowner AS owner, c.relacl AS acl FROM pg_class c
         WHERE c.relnamespace = (SELECT schema FROM shown) AND c.relkind NOT IN ('i', 'I', 'c', 't')
         UNION ALL
         SELECT c.relname, a.attname, c.relowner, a.attacl FROM pg_class c
         JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped WHERE c.relnamespace = (SELECT schema FROM shown)
         UNION ALL
         SELECT '.', '', n.nspowner, n.nspacl FROM pg_namespace n WHERE n.oid = (SELECT schema FROM shown)
         UNION ALL
         SELECT p.proname, '', p.proowner, COALESCE(p.proacl, acldefault('f', p.proowner)) FROM pg_proc p
         WHERE p.pronamespace = (SELECT schema FROM shown)
       ) objects CROSS JOIN LATERAL aclexplode(acl) x LEFT JOIN pg_roles g ON g.oid = x.grantee
       WHERE x.grantee <> owner
     ) granted GROUP BY object, grantee, attribute`,
  ],
]

/**
 * What begins each statement. The server writes a name with its schema unless that is in the search path, so the path is
 * the store's while the statement runs; its own names were looked up before, where nobody else has put any.
 */
function shown(names: SchemaNames, extensionSchema: string): string {
  const path = quoteLiteral(`${names.quoted}, ${quoteIdentifier(extensionSchema)}`)
  return `WITH shown AS MATERIALIZED (
    SELECT $1::regnamespace AS schema, set_config('${searchPath[0]}', ${path}, true))`
}

/**
 * Reads what the catalogs say about a schema, in an order that depends on nothing else. Needs no privilege on the
 * tables.
 * @param vectors what the store says of them; what agrees with it is written with a placeholder.
 */
export async function schemaFacts(
  session: Session,
  names: SchemaNames,
  extensionSchema: string,
  vectors: StoredVectors,
): Promise<readonly SchemaFact[]> {
  const facts: SchemaFact[] = []
  for (const [kind, statement] of statements) {
    const takesRoles = statement.includes('$2')
    const values = takesRoles ? [names.quoted, names.appRole, names.adminRole] : [names.quoted]
    const { rows } = await session.query(`${shown(names, extensionSchema)} ${statement}`, values)
    await session.query('SELECT pg_catalog.set_config($1, $2, true)', searchPath)
    for (const [on, name, text] of rows) {
      // A long CHECK comes over several lines.
      const line = textOf(text).replace(/\n\s*/g, ' ')
      const open =
        kind === 'column' || (kind === 'table' && textOf(on).endsWith('_vector'))
          ? withoutDimensions(line, vectors)
          : line
      facts.push({ kind, on: textOf(on), name: textOf(name), text: open })
    }
  }
  return facts.sort((a, b) => compare(a.on, b.on) || order(a.kind) - order(b.kind) || compare(a.name, b.name))
}

/** A fact as a line of the committed description: `column node.id: text COLLATE "C" NOT NULL`. */
export function factLine({ kind, on, name, text }: SchemaFact): string {
  return `${factKey({ kind, on, name })}: ${text}`
}

/** What identifies a fact. */
export function factKey({ kind, on, name }: Pick<SchemaFact, 'kind' | 'on' | 'name'>): string {
  return name === '' ? `${kind} ${on}` : `${kind} ${on}.${name}`
}

/** The number of values a vector column declares; `undefined` for any number. */
export async function declaredDimensions(
  session: Session,
  names: SchemaNames,
  table: string,
): Promise<number | undefined> {
  const { rows } = await session.query(
    `SELECT a.atttypmod FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relnamespace = $1::regnamespace AND c.relname = $2 AND a.attname = 'embedding' AND NOT a.attisdropped`,
    [names.quoted, table],
  )
  const declared = rows[0] === undefined ? -1 : numberOf(rows[0][0])
  return declared > 0 ? declared : undefined
}

function withoutDimensions(text: string, { dimensions, layout }: StoredVectors): string {
  if (text.endsWith(`, toast_tuple_target=${roughRowBytes(dimensions)}`)) {
    return text.replace(/\d+$/, '{{rough_row_bytes}}')
  }
  const found = /^(vector|halfvec)\((\d+)\)/.exec(text)
  if (found === null || found[2] !== String(dimensions)) return text
  const open = text.replaceAll(`(${dimensions})`, '({{dimensions}})')
  const storage = new RegExp(`^(vector.* STORAGE )${embeddingStorage(layout, dimensions)}$`)
  return open.replace(storage, '$1{{storage}}')
}

function order(kind: FactKind): number {
  return statements.findIndex(([each]) => each === kind)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
