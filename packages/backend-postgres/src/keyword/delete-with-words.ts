import type { Store } from '../store.js'

/** Of a deletion of records. */
export interface Deletion {
  readonly table: 'node' | 'episode'
  /** `DELETE FROM … r …`, without RETURNING. */
  readonly statement: string
  /** A condition on `w` that the words of all these nodes meet. */
  readonly scope?: string
  /** What to select from `gone`: owner_key, id and position of the records. */
  readonly result: string
}

/** One statement that deletes records and, if they are nodes, their words: neither is ever there without the other. */
export function deleteWithWords({ names }: Store, { table, statement, scope, result }: Deletion): string {
  const words =
    table === 'node'
      ? `, words AS (DELETE FROM ${names.quoted}.node_words w USING gone
           WHERE w.owner_key = gone.owner_key AND w.position = gone.position ${scope === undefined ? '' : `AND ${scope}`})`
      : ''
  return `WITH gone AS (${statement} RETURNING r.owner_key, r.id, r.position)${words} ${result}`
}
