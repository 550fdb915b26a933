import { numberOf, type Session } from '../connection/session.js'
import type { SchemaNames } from '../schema/schema-names.js'
import { checkWords } from './check-words.js'
import { type DatabaseFinding, type DatabaseFindingCode, databaseFinding } from './database-finding.js'
import type { DatabaseRecordCounts } from './database-report.js'

export interface RowCheck {
  readonly findings: readonly DatabaseFinding[]
  readonly records: DatabaseRecordCounts
}

/** The owner that the two columns of `r` name, as core's `ownerKey()` writes it. */
const named = `CASE WHEN r.tenant_id <> '' THEN 't:' || r.tenant_id WHEN r.user_id <> '' THEN 'u:' || r.user_id END`

/** Of a record `r` and its vector `v`. */
const contradicts = 'r.user_id IS DISTINCT FROM v.user_id OR r.position <> v.position'

/** Reads every row once and counts what contradicts itself. The session sees all rows. */
export async function checkRows(session: Session, names: SchemaNames): Promise<RowCheck> {
  const nodes = await checkKind(session, names, 'node')
  const episodes = await checkKind(session, names, 'episode')
  const sequence = await checkSequence(session, names)
  return {
    findings: [...nodes.findings, ...episodes.findings, ...(await checkWords(session, names)), ...sequence],
    records: {
      nodes: nodes.records,
      nodeVectors: nodes.vectors,
      episodes: episodes.records,
      episodeVectors: episodes.vectors,
    },
  }
}

async function checkKind(session: Session, names: SchemaNames, table: 'node' | 'episode') {
  const records = `${names.quoted}.${table}`
  const vectors = `${names.quoted}.${table}_vector`
  const findings: DatabaseFinding[] = []
  const add = (
    code: DatabaseFindingCode,
    [count, example]: readonly (string | null)[],
    place: string,
    what: string,
    how: string,
  ) => {
    if (numberOf(count) === 0) return
    const message = `${count} of its rows ${what}, one of them ${example}`
    findings.push(databaseFinding(code, `${names.plain}.${place}`, message, how))
  }
  const counted = (condition: string, row: string) =>
    `count(*) FILTER (WHERE ${condition}), min(${row}.owner_key || ' / ' || ${row}.id) FILTER (WHERE ${condition})`

  const own = await session.query(
    `SELECT count(*), ${counted(`(${named}) IS NULL`, 'r')}, ${counted(`(${named}) <> r.owner_key`, 'r')} FROM ${records} r`,
  )
  const [total = null, ...ofOwners] = own.rows[0] ?? []
  const remove = (condition: string) => `DELETE FROM ${records} r WHERE ${condition};`
  const unowned = 'name no tenant and no user, so no scope sees them'
  add('ROWS_UNOWNED', ofOwners.slice(0, 2), table, unowned, remove(`(${named}) IS NULL`))
  const fix = `Decide which of the columns is right; UPDATE ${records}, or ${remove(`(${named}) <> r.owner_key`)}`
  add('ROWS_CONTRADICT', ofOwners.slice(2), table, 'have an owner_key of another tenant or user', fix)

  const joined = await session.query(
    `SELECT count(*), ${counted('r.id IS NULL', 'v')},
       ${counted(`r.id IS NOT NULL AND (${contradicts})`, 'v')}
     FROM ${vectors} v LEFT JOIN ${records} r ON r.owner_key = v.owner_key AND r.id = v.id`,
  )
  const [vectorTotal = null, ...ofVectors] = joined.rows[0] ?? []
  const orphaned = `DELETE FROM ${vectors} v WHERE NOT EXISTS (SELECT FROM ${records} r WHERE r.owner_key = v.owner_key AND r.id = v.id);`
  add('ROWS_ORPHANED', ofVectors.slice(0, 2), `${table}_vector`, 'have no record', orphaned)
  const aligned = `UPDATE ${vectors} v SET user_id = r.user_id, position = r.position FROM ${records} r WHERE r.owner_key = v.owner_key AND r.id = v.id AND (${contradicts});`
  const differs = `name another user or place than their ${table}`
  add('ROWS_CONTRADICT', ofVectors.slice(2), `${table}_vector`, differs, aligned)
  return { findings, records: numberOf(total), vectors: numberOf(vectorTotal) }
}

/** The next position must be beyond every one there is. It is not after a restore that left the sequence out. */
async function checkSequence(session: Session, names: SchemaNames): Promise<readonly DatabaseFinding[]> {
  const sequence = `${names.quoted}.record_position`
  const { rows } = await session.query(
    `SELECT COALESCE(pg_sequence_last_value($1::regclass), 0), GREATEST(
       (SELECT max(position) FROM ${names.quoted}.node), (SELECT max(position) FROM ${names.quoted}.episode))`,
    [sequence],
  )
  const [last = '0', greatest] = rows[0] ?? []
  if (typeof greatest !== 'string' || numberOf(greatest) <= numberOf(last)) return []
  const message = `it stands at ${last}, but there is a record at ${greatest}: new records would come before old ones`
  const how = `SELECT setval('${sequence.replaceAll("'", "''")}', ${greatest});`
  return [databaseFinding('SEQUENCE_BEHIND', `${names.plain}.record_position`, message, how)]
}
