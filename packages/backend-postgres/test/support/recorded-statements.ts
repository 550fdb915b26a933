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
 * a parameter, or the same as that of a table that has one; an insert names it in its first column. A condition counts
 * for the tables of its own query only, so that a subquery cannot speak for the one around it, nor UNION's first half
 * for the second.
 */
export function tablesWithoutOwner(
  text: string,
  schema: string,
  tables: readonly string[],
): readonly string[] {
  const queries = queriesOf(text.replace(/E?'(?:[^'\\]|''|\\.)*'/g, "''")).map((query) => {
    const names = namesIn(query, schema, tables)
    const fixed = new Set(
      names.filter((name) => new RegExp(`(\\b${name}\\.|^|[\\s(])owner_key = \\$\\d+`).test(query)),
    )
    return { query, names, fixed }
  })
  const isFixed = (name: string) => queries.some(({ fixed }) => fixed.has(name))
  for (let changed = true; changed; ) {
    changed = false
    for (const { query, names, fixed } of queries) {
      for (const { 1: left = '', 2: right = '' } of query.matchAll(
        /\b(\w+)\.owner_key = (\w+)\.owner_key/g,
      )) {
        for (const [name, other] of [
          [left, right],
          [right, left],
        ] as const) {
          if (!names.includes(name) || fixed.has(name)) continue
          if (!(names.includes(other) ? fixed.has(other) : isFixed(other))) continue
          fixed.add(name)
          changed = true
        }
      }
    }
  }
  return queries.flatMap(({ names, fixed }) => names.filter((name) => !fixed.has(name)))
}

/** The queries of a statement, each without those inside it. */
function queriesOf(text: string): readonly string[] {
  const done: string[] = []
  const open: { text: string; isQuery: boolean }[] = [{ text: '', isQuery: true }]
  for (const [index, letter] of [...text].entries()) {
    const last = open.at(-1)
    if (last === undefined) throw new Error(`parentheses do not match in ${text}`)
    if (letter === '(') {
      const isQuery = /^\(\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/.test(text.slice(index))
      open.push({ text: isQuery ? '' : '(', isQuery })
    } else if (letter === ')' && open.length > 1) {
      open.pop()
      const outer = open.at(-1)
      if (last.isQuery) done.push(last.text)
      if (outer !== undefined) outer.text += last.isQuery ? '(…)' : `${last.text})`
    } else last.text += letter
  }
  done.push(...open.map((each) => each.text))
  return done.flatMap((each) => each.split(/\bUNION\b(?:\s+ALL\b)?|\bEXCEPT\b|\bINTERSECT\b/))
}

function namesIn(query: string, schema: string, tables: readonly string[]): readonly string[] {
  const found = [...query.matchAll(new RegExp(`"${schema}"\\.(\\w+)(?:\\s+(?:AS\\s+)?(\\w+))?`, 'g'))]
  return found.flatMap(({ index, 1: table = '', 2: alias }) => {
    if (!tables.includes(table)) return []
    const before = query.slice(0, index)
    const after = query.slice(index)
    if (/INSERT\s+INTO\s+$/.test(before)) return /^"\w+"\.\w+\s*\(owner_key\b/.test(after) ? [] : [table]
    const isKeyword = alias === undefined || /^(WHERE|SET|USING|JOIN|ORDER|LIMIT|LEFT|ON)$/i.test(alias)
    return [isKeyword ? table : alias]
  })
}
