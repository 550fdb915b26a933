import type pg from 'pg'
import type { HandedStatement } from '../../src/connection/own-statement.js'
import type { QueryablePool, StatementResult } from '../../src/index.js'

/** What happens to a statement. */
export type Fault =
  /** The server's answer is this error, and the statement never gets there. */
  | { readonly kind: 'refused'; readonly sqlState: string }
  /** The connection breaks before the statement is sent. */
  | { readonly kind: 'lost before' }
  /** The connection breaks while the server works on it. */
  | { readonly kind: 'lost during' }
  /** The server has done it, and its answer is lost with the connection. */
  | { readonly kind: 'lost after' }

export interface FaultPlan {
  /** For every statement, in the order in which they are sent. */
  fault?(text: string): Fault | undefined
  /** Makes a connection fail. */
  connecting?(): Error | undefined
  /** Changes what the server has answered. */
  answer?(text: string, result: StatementResult): StatementResult
}

export function sqlError(sqlState: string): Error {
  return Object.assign(new Error(`injected ${sqlState}`), { code: sqlState })
}

export function socketError(): Error {
  return Object.assign(new Error('injected'), { code: 'ECONNRESET', syscall: 'read' })
}

/** A pool whose connections fail as planned. They fail for real: the socket below is destroyed. */
export function faultyPool(pool: pg.Pool, plan: FaultPlan): QueryablePool {
  return {
    async connect() {
      const refusal = plan.connecting?.()
      if (refusal !== undefined) throw refusal
      return faultyClient(await pool.connect(), plan)
    },
    on: pool.on.bind(pool),
    removeListener: pool.removeListener.bind(pool),
  }
}

function faultyClient(client: pg.PoolClient, plan: FaultPlan) {
  const query = async (text: string, run: () => Promise<StatementResult>): Promise<StatementResult> => {
    const fault = plan.fault?.(text)
    switch (fault?.kind) {
      case undefined: {
        const result = await run()
        return plan.answer?.(text, result) ?? result
      }
      case 'refused':
        throw sqlError(fault.sqlState)
      case 'lost before':
        cut(client)
        throw socketError()
      case 'lost during': {
        const running = run()
        // The bytes are on their way before the socket goes.
        setImmediate(() => cut(client))
        await running.catch(() => {})
        throw socketError()
      }
      case 'lost after':
        await run()
        cut(client)
        throw socketError()
      default:
        return fault satisfies never
    }
  }
  const queryOwn = (statement: HandedStatement) => {
    const tell = statement.callback
    const run = () =>
      new Promise<StatementResult>((resolve, reject) => {
        const callback = (error: unknown) => (error ? reject(error) : resolve({ rows: [], rowCount: 0 }))
        client.query({ ...statement, callback } as unknown as pg.Submittable)
      })
    query(statement.text, run).then(() => tell(null), tell)
  }
  return new Proxy(client, {
    get(target, property) {
      if (property === 'query') {
        return (statement: pg.QueryArrayConfig | HandedStatement) =>
          'submit' in statement ? queryOwn(statement) : query(statement.text, () => client.query(statement))
      }
      const value: unknown = Reflect.get(target, property)
      return typeof value === 'function' ? value.bind(target) : value
    },
  }) as unknown as Awaited<ReturnType<QueryablePool['connect']>>
}

function cut(client: pg.PoolClient): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }
  connection.stream.destroy()
}
