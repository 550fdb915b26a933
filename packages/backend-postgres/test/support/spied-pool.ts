import type pg from 'pg'
import type { HandedStatement, Wire } from '../../src/connection/own-statement.js'
import type { QueryablePool } from '../../src/connection/queryable-pool.js'

/** A statement on its way to the server. */
export interface SentStatement {
  readonly text: string
  readonly values?: readonly unknown[]
}

export interface SpiedPool {
  readonly pool: QueryablePool
  /** Everything that was sent, in order, one by one also where it was sent together. */
  readonly sent: readonly SentStatement[]
}

/** A pool that keeps what is sent through it, and may send something else instead. */
export function spiedPool(
  pool: pg.Pool,
  change: (statement: SentStatement) => SentStatement = (statement) => statement,
): SpiedPool {
  const sent: SentStatement[] = []
  const spied = {
    async connect() {
      const client = await pool.connect()
      return new Proxy(client, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key)
          if (typeof value !== 'function') return value
          if (key !== 'query') return value.bind(target)
          return (statement: SentStatement | HandedStatement, ...rest: unknown[]) => {
            if ('submit' in statement) {
              const submit = (wire: Wire) => statement.submit(spiedWire(wire, sent, change))
              return Reflect.apply(value, target, [{ ...statement, submit }, ...rest])
            }
            const changed = change(statement)
            sent.push(changed)
            return Reflect.apply(value, target, [changed, ...rest])
          }
        },
      })
    },
    on: pool.on.bind(pool),
    removeListener: pool.removeListener.bind(pool),
  }
  return { pool: spied as unknown as QueryablePool, sent }
}

/** Looks on and changes what a statement writes to the connection by itself. */
function spiedWire(
  wire: Wire,
  sent: SentStatement[],
  change: (statement: SentStatement) => SentStatement,
): Wire {
  let text = ''
  return new Proxy(wire, {
    get(target, key) {
      if (key === 'parse') {
        return (statement: { readonly text: string }) => {
          text = statement.text
        }
      }
      if (key === 'bind') {
        return ({ values }: Parameters<Wire['bind']>[0]) => {
          const changed = change({ text, values })
          sent.push(changed)
          target.parse(changed)
          target.bind({ values: (changed.values ?? []) as typeof values })
        }
      }
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
