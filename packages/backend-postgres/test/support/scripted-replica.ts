import type pg from 'pg'
import type { QueryablePool, Statement } from '../../src/index.js'

/** A database that says it is a replica, and up to where it has applied the log. */
export class ScriptedReplica implements QueryablePool {
  position = '0/1'
  /** `connect`: it cannot be reached; `statement`: reads fail; `promoted`: it is no replica any more; `other`: of another. */
  fault: 'connect' | 'statement' | 'promoted' | 'other' | undefined
  /** Reads, without those that ask for the position. */
  transactions = 0
  asked = 0
  checked = 0
  connects = 0
  readonly on: QueryablePool['on']
  readonly removeListener: QueryablePool['removeListener']
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
    this.on = pool.on.bind(pool)
    this.removeListener = pool.removeListener.bind(pool)
  }

  async connect() {
    this.connects += 1
    if (this.fault === 'connect') throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
    const client = await this.#pool.connect()
    let isRead = false
    const query = async (statement: Statement) => {
      const { text } = statement
      if (text.includes('pg_last_wal_replay_lsn')) {
        this.asked += 1
        const cells = this.fault === 'promoted' ? ['0', null] : ['1', this.position]
        return { rows: [cells], rowCount: 1 }
      }
      if (text.includes('pg_control_system')) {
        this.checked += 1
        if (this.fault === 'other') return { rows: [['1 elsewhere']], rowCount: 1 }
        return client.query(statement as unknown as pg.QueryArrayConfig)
      }
      if (!isRead && /^\s*(SELECT|WITH)\b/.test(text) && !text.startsWith('SELECT pg_catalog.set_config')) {
        isRead = true
        if (this.fault === 'statement')
          throw Object.assign(new Error('terminating connection'), { code: '57P01' })
        this.transactions += 1
      }
      return client.query(statement as unknown as pg.QueryArrayConfig)
    }
    return {
      query,
      on: client.on.bind(client),
      removeListener: client.removeListener.bind(client),
      release: client.release.bind(client),
    }
  }
}
