import { numberOf, type Session, textOf } from '../connection/session.js'
import { quoteIdentifier, type SchemaNames } from '../schema/schema-names.js'
import { type DatabaseFinding, databaseFinding } from './database-finding.js'
import type { TableReport } from './database-report.js'

export interface HousekeepingCheck {
  readonly findings: readonly DatabaseFinding[]
  readonly tables: readonly TableReport[]
  readonly bytes: number
}

/** Below this many rows it makes no difference. */
const smallRows = 10_000

/** Times the server's own threshold after which it is behind. */
const farBehind = 2

/** Transactions after which the server begins to warn, less what is left to act in. Source: manual, 25.1.5. */
const oldTransactions = 1_500_000_000

/** Looks at autovacuum and at what the server's statistics say about the tables. */
export async function checkHousekeeping(
  session: Session,
  names: SchemaNames,
  embedded: boolean,
): Promise<HousekeepingCheck> {
  const { rows } = await session.query(
    `SELECT c.relname, pg_total_relation_size(c.oid), COALESCE(s.n_live_tup, 0), COALESCE(s.n_dead_tup, 0),
       COALESCE(s.n_mod_since_analyze, 0), GREATEST(c.reltuples, 0)::bigint, age(c.relfrozenxid),
       s.last_analyze IS NULL AND s.last_autoanalyze IS NULL,
       COALESCE(array_to_string(c.reloptions, ',') ~ 'autovacuum_enabled=(false|off|no|0)', false)
     FROM pg_class c LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
     WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname`,
    [names.quoted],
  )
  const findings: DatabaseFinding[] = []
  const tables: TableReport[] = []
  let bytes = 0
  for (const [name, size, live, dead, changed, estimated, age, neverAnalyzed, off] of rows) {
    const table = textOf(name)
    const report = {
      table,
      bytes: numberOf(size),
      liveRows: numberOf(live),
      deadRows: numberOf(dead),
      changedSinceAnalyze: numberOf(changed),
    }
    tables.push(report)
    bytes += report.bytes
    if (embedded) continue
    const state = { estimated: numberOf(estimated), age: numberOf(age), neverAnalyzed: neverAnalyzed === 't' }
    findings.push(...tableFindings(names, report, state))
    if (off === 't') {
      const how = `ALTER TABLE ${names.quoted}.${quoteIdentifier(table)} RESET (autovacuum_enabled);`
      findings.push(
        databaseFinding('AUTOVACUUM_OFF', `${names.plain}.${table}`, 'autovacuum is off for it', how),
      )
    }
  }
  return { findings: [...findings, ...(embedded ? [] : await serverFindings(session))], tables, bytes }
}

/** The thresholds are the server's defaults. Source: PostgreSQL manual, 25.1.6. */
function tableFindings(
  names: SchemaNames,
  { table, deadRows, liveRows, changedSinceAnalyze }: TableReport,
  state: { readonly estimated: number; readonly age: number; readonly neverAnalyzed: boolean },
): readonly DatabaseFinding[] {
  const place = `${names.plain}.${table}`
  const command = (what: string) => `${what} ${names.quoted}.${quoteIdentifier(table)};`
  const findings: DatabaseFinding[] = []
  if (deadRows > Math.max(smallRows, farBehind * (50 + 0.2 * state.estimated))) {
    const message = `autovacuum is far behind: ${deadRows} dead rows beside ${liveRows}`
    findings.push(databaseFinding('VACUUM_BEHIND', place, message, command('VACUUM (ANALYZE)')))
  } else if (state.age > oldTransactions) {
    const message = `its oldest row is ${state.age} transactions old; at two thousand million the server stops writing`
    findings.push(databaseFinding('VACUUM_BEHIND', place, message, command('VACUUM (FREEZE)')))
  }
  const isNever = state.neverAnalyzed && liveRows > smallRows
  if (isNever || changedSinceAnalyze > Math.max(smallRows, farBehind * (50 + 0.1 * state.estimated))) {
    const message = `the planner's statistics are far behind: ${isNever ? 'there are none' : `${changedSinceAnalyze} rows have changed`}`
    findings.push(databaseFinding('ANALYZE_BEHIND', place, message, command('ANALYZE')))
  }
  return findings
}

async function serverFindings(session: Session): Promise<readonly DatabaseFinding[]> {
  const { rows } = await session.query(
    "SELECT current_setting('autovacuum'), current_setting('track_counts')",
  )
  return ['autovacuum', 'track_counts'].flatMap((setting, index) =>
    rows[0]?.[index] === 'on'
      ? []
      : [
          databaseFinding(
            'AUTOVACUUM_OFF',
            `setting ${setting}`,
            'it is off, so nothing removes dead rows or gathers statistics',
            `ALTER SYSTEM SET ${setting} = on; SELECT pg_reload_conf();`,
          ),
        ],
  )
}
