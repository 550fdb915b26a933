/** What `inspectDatabase` can find, by how much it matters. The codes are API, the messages are not. */
export const databaseFindingCodes = {
  info: [
    /** A newer version has added something that this one can live with. */
    'SCHEMA_NEWER',
    /** The schema holds something that is not ours. */
    'SCHEMA_EXTENDED',
    /** Somebody else may use the tables. */
    'GRANT_EXTRA',
    /** The login owns the tables and could take the policies away. */
    'LOGIN_OWNS_TABLES',
    /** The login may not see all rows, so they were not looked at. */
    'ROWS_NOT_CHECKED',
    /** An index is being built. */
    'INDEX_BUILDING',
    /** This version of pgvector has faults in parts that the store does not use. */
    'EXTENSION_OUTDATED',
  ],
  warning: [
    /** Scopes are kept apart by the statements alone. */
    'RLS_NOT_SET_UP',
    'LOGIN_SUPERUSER',
    'LOGIN_BYPASSES_RLS',
    /** Logins of another database can act as a role of this store. */
    'ROLE_SHARED',
    /** This version of pgvector has faults in what the store uses. */
    'EXTENSION_FAULTY',
    'INDEX_MISSING',
    'INDEX_CHANGED',
    'INDEX_INVALID',
    /** An index over vectors that is not of one owner alone. */
    'INDEX_SHARED',
    'AUTOVACUUM_OFF',
    'VACUUM_BEHIND',
    'ANALYZE_BEHIND',
  ],
  error: [
    'SCHEMA_BEHIND',
    'SCHEMA_AHEAD',
    /** A migration was applied with another text than this version has. */
    'SCHEMA_CHANGED',
    'EXTENSION_MISSING',
    'EXTENSION_OLD',
    'RLS_DISABLED',
    'RLS_NOT_FORCED',
    'POLICY_CHANGED',
    'GRANT_CHANGED',
    'ROLE_MISSING',
    /** A role that must be held by the policies can go round them. */
    'ROLE_UNSAFE',
    'ROLE_NOT_ASSUMABLE',
    'TABLE_CHANGED',
    'DIMENSIONS_DIFFER',
    'SETTING_DAMAGED',
    /** Rows that no scope sees. */
    'ROWS_UNOWNED',
    /** Vectors or words without a record. */
    'ROWS_ORPHANED',
    /** Columns of a row, or of a record and its vector, that contradict each other. */
    'ROWS_CONTRADICT',
    /** Nodes without words. */
    'WORDS_MISSING',
    /** The next insert would take a place that is taken. */
    'SEQUENCE_BEHIND',
    /** A check could not be finished. */
    'CHECK_FAILED',
  ],
} as const

export type DatabaseSeverity = keyof typeof databaseFindingCodes
export type DatabaseFindingCode = (typeof databaseFindingCodes)[DatabaseSeverity][number]

/** One thing that `inspectDatabase` found. */
export interface DatabaseFinding {
  readonly code: DatabaseFindingCode
  /**
   * `info`: nothing is wrong. `warning`: the store works, but a wall is missing or it is slower than it should be.
   * `error`: scopes are not kept apart as promised, data contradict each other, or calls fail.
   */
  readonly severity: DatabaseSeverity
  /** A table, index, policy, role or setting of the database. */
  readonly place: string
  readonly message: string
  /** What puts it in order: SQL statements that end with `;`, or a sentence. Empty for `info`. */
  readonly remedies: readonly string[]
}

const severities: ReadonlyMap<string, DatabaseSeverity> = new Map(
  (['info', 'warning', 'error'] as const).flatMap((severity) =>
    databaseFindingCodes[severity].map((code) => [code, severity] as const),
  ),
)

export function databaseFinding(
  code: DatabaseFindingCode,
  place: string,
  message: string,
  ...remedies: readonly string[]
): DatabaseFinding {
  return { code, severity: severities.get(code) ?? 'error', place, message, remedies }
}
