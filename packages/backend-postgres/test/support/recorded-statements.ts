import type pg from 'pg'
import type { QueryablePool, Statement } from '../../src/index.js'

/** A pool that writes down the text of every statement. */
export function recording(pool: pg.Pool, texts: string[]): QueryablePool {
  return {
    async connect() {
      const client = await pool.connect()
      return {
        query(statement: Statement) {
          texts.push(statement.text)
          return client.query(statement as unknown as pg.QueryArrayConfig)
        },
        on: client.on.bind(client),
        removeListener: client.removeListener.bind(client),
        release: client.release.bind(client),
      }
    },
    on: pool.on.bind(pool),
    removeListener: pool.removeListener.bind(pool),
  }
}

/**
 * The tables of a statement that are read or written without an owner, under the names they have in it. An owner is
 * a parameter, or the same as that of a table that has one; an insert names it in its first column.
 */
export function tablesWithoutOwner(
  text: string,
  schema: string,
  tables: readonly string[],
): readonly string[] {
  const found = [...text.matchAll(new RegExp(`"${schema}"\\.(\\w+)(?:\\s+(?:AS\\s+)?(\\w+))?`, 'g'))]
  const names = found.flatMap(({ index, 1: table = '', 2: alias }) => {
    if (!tables.includes(table)) return []
    const before = text.slice(0, index)
    const after = text.slice(index)
    if (/INSERT\s+INTO\s+$/.test(before)) return /^"\w+"\.\w+\s*\(owner_key\b/.test(after) ? [] : [table]
    const isKeyword = alias === undefined || /^(WHERE|SET|USING|JOIN|ORDER|LIMIT|LEFT|ON)$/i.test(alias)
    return [isKeyword ? table : alias]
  })
  const fixed = new Set<string>()
  for (const name of names) {
    if (new RegExp(`(\\b${name}\\.|^|\\s)owner_key = \\$\\d+`).test(text)) fixed.add(name)
  }
  const pairs = [...text.matchAll(/\b(\w+)\.owner_key = (\w+)\.owner_key/g)]
  for (let changed = true; changed; ) {
    changed = false
    for (const { 1: left = '', 2: right = '' } of pairs) {
      if (fixed.has(left) === fixed.has(right)) continue
      fixed.add(left).add(right)
      changed = true
    }
  }
  return names.filter((name) => !fixed.has(name))
}
