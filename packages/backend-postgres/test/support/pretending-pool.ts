import type pg from 'pg'
import type { QueryablePool, Statement } from '../../src/index.js'

/** A pool whose connections act as another user from their checkout to their release. */
export function pretending(pool: pg.Pool, role: string): QueryablePool {
  return {
    async connect() {
      const client = await pool.connect()
      await client.query(`SET ROLE ${role}`)
      return {
        query: (statement: Statement) => client.query(statement as unknown as pg.QueryArrayConfig),
        on: client.on.bind(client),
        removeListener: client.removeListener.bind(client),
        release(destroy?: Error | boolean) {
          client.query('RESET ROLE').then(
            () => client.release(destroy),
            () => client.release(true),
          )
        },
      }
    },
    on: pool.on.bind(pool),
    removeListener: pool.removeListener.bind(pool),
  }
}
