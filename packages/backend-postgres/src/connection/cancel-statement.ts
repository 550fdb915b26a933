import pg from 'pg'
import type { PooledClient } from './queryable-pool.js'

/** Milliseconds a server may take to accept a request to cancel. */
const patienceMs = 3_000

/** What `pg.Client` knows of its connection to a server, beyond what every pool's client has. */
interface ServerClient extends PooledClient {
  readonly processID: number
  readonly secretKey: number
  readonly host: string
  readonly port: number
  readonly ssl: unknown
  readonly sslNegotiation?: unknown
}

/** Events and calls of `pg.Connection` that its published types leave out. */
interface Wire {
  readonly stream: { destroy(): unknown }
  connect(port: number | string, host?: string): void
  requestSsl(): void
  cancel(processId: number, secretKey: number): void
  on(event: 'connect' | 'sslconnect' | 'end' | 'error', listener: (error?: Error) => void): unknown
}

/** Whether a client is a connection to a server, which goes on with a statement when the client leaves. */
export function isServerClient(client: PooledClient): client is ServerClient {
  return 'processID' in client && typeof client.processID === 'number'
}

/**
 * What the server called its process when the connection was made; `undefined` where the driver does not say. A pooler
 * gives another number than any process has, so that it can find the server of a request to cancel.
 */
export function announcedPid(client: PooledClient): number | undefined {
  return isServerClient(client) ? client.processID : undefined
}

/**
 * Asks the server to end the statement that runs on a client's connection (PostgreSQL manual, "Canceling Requests in
 * Progress"), through a connection of its own, so that it works when the pool has none left, and through PgBouncer.
 * Resolves when the server has taken the request, could not be reached, or takes too long; it never rejects. The
 * request may still arrive later: the connection must not be used for anything else.
 */
export function cancelStatement(client: PooledClient): Promise<void> {
  if (!isServerClient(client) || typeof client.secretKey !== 'number' || typeof client.host !== 'string') {
    return Promise.resolve()
  }
  const { host, port, ssl, sslNegotiation, processID, secretKey } = client
  return new Promise((resolve) => {
    const config = { ssl, sslNegotiation } as unknown as pg.ConnectionConfig
    const wire = new pg.Connection(config) as unknown as Wire
    const done = () => {
      clearTimeout(timer)
      wire.stream.destroy()
      resolve()
    }
    const timer = setTimeout(done, patienceMs)
    wire.on('error', done)
    // The server closes the connection without a word when it has passed the request on.
    wire.on('end', done)
    const cancel = () => wire.cancel(processID, secretKey)
    if (!ssl) wire.on('connect', cancel)
    else {
      if (sslNegotiation !== 'direct') wire.on('connect', () => wire.requestSsl())
      wire.on('sslconnect', cancel)
    }
    if (host.startsWith('/')) wire.connect(`${host}/.s.PGSQL.${port}`)
    else wire.connect(port, host)
  })
}
