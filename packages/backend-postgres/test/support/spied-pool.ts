import type pg from 'pg'
import type { QueryablePool } from '../../src/connection/queryable-pool.js'
import { StatementGroup } from '../../src/connection/statement-group.js'

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
          return (statement: SentStatement, ...rest: unknown[]) => {
            if (statement instanceof StatementGroup) {
              const commands = statement.commands.map((command) => ({ ...command, ...change(command) }))
              sent.push(...commands)
              return Reflect.apply(value, target, [Object.assign(statement, { commands }), ...rest])
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
