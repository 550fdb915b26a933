import { numberOf, type Session } from '../connection/session.js'
import type { SchemaNames } from '../schema/schema-names.js'
import { type DatabaseFinding, type DatabaseFindingCode, databaseFinding } from './database-finding.js'

/**
 * Compares nodes with the words that keyword search finds them by. No foreign key does: it would make inserts slower.
 * The session sees all rows.
 */
export async function checkWords(session: Session, names: SchemaNames): Promise<readonly DatabaseFinding[]> {
  const nodes = `${names.quoted}.node`
  const words = `${names.quoted}.node_words`
  const counted = (condition: string, row: 'r' | 'w') =>
    `count(*) FILTER (WHERE ${condition}), min(${row}.owner_key || ' / ' || ${row}.position) FILTER (WHERE ${condition})`
  const { rows } = await session.query(
    `SELECT ${counted('r.position IS NULL', 'w')}, ${counted('w.position IS NULL', 'r')},
       ${counted('r.position = w.position AND r.user_id IS DISTINCT FROM w.user_id', 'w')}
     FROM ${nodes} r FULL JOIN ${words} w ON w.owner_key = r.owner_key AND w.position = r.position`,
  )
  const cells = rows[0] ?? []
  const same = 'r.owner_key = w.owner_key AND r.position = w.position'
  const checks: readonly (readonly [DatabaseFindingCode, string, string, string])[] = [
    [
      ...(['ROWS_ORPHANED', 'node_words', 'have no node'] as const),
      `DELETE FROM ${words} w WHERE NOT EXISTS (SELECT FROM ${nodes} r WHERE ${same});`,
    ],
    [
      ...(['WORDS_MISSING', 'node', 'have no words, so keyword search does not find them'] as const),
      'Copy the store into a new schema with holdfast-migrator copy.',
    ],
    [
      ...(['ROWS_CONTRADICT', 'node_words', 'name another user than their node'] as const),
      `UPDATE ${words} w SET user_id = r.user_id FROM ${nodes} r WHERE ${same} AND r.user_id IS DISTINCT FROM w.user_id;`,
    ],
  ]
  return checks.flatMap(([code, table, what, how], index) => {
    const [count = '0', example] = cells.slice(2 * index, 2 * index + 2)
    if (numberOf(count) === 0) return []
    const message = `${count} of its rows ${what}, one of them ${example}`
    return [databaseFinding(code, `${names.plain}.${table}`, message, how)]
  })
}
