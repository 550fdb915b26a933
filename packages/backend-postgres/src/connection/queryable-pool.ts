/** A statement as `pg` takes it. */
export interface Statement {
  readonly text: string
  readonly values?: unknown[]
  readonly rowMode: 'array'
  /** Milliseconds after which the driver gives up waiting, for when a server can no longer be heard. */
  readonly query_timeout?: number
  readonly types: { getTypeParser(): (value: string) => string } & readonly never[]
}

/** What comes back from {@link PooledClient.query}. */
export interface StatementResult {
  readonly rows: unknown[]
  readonly rowCount: number | null
  readonly command?: string
}

/** The part of `pg.PoolClient` that is used. */
export interface PooledClient {
  query(statement: Statement): Promise<StatementResult>
  /** With a truthy argument the connection is closed instead of being used again. */
  release(destroy?: Error | boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** The part of `pg.Pool` that is used, so that a caller's own pool, or one that behaves like it, fits. */
export interface QueryablePool {
  connect(): Promise<PooledClient>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'connect', listener: (client: PooledClient) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'connect', listener: (client: PooledClient) => void): unknown
}
