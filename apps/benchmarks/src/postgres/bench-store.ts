import { PostgresBackend } from '@holdfast/backend-postgres'
import type { BenchServer } from './bench-server.js'

export interface BenchStoreOptions {
  readonly dimensions: number
  /** Default true. */
  readonly rowLevelSecurity?: boolean
}

/** A store in a schema of its own. */
export class BenchStore implements AsyncDisposable {
  readonly backend: PostgresBackend
  readonly schema: string

  private constructor(backend: PostgresBackend, schema: string) {
    this.backend = backend
    this.schema = schema
  }

  static async make(server: BenchServer, purpose: string, options: BenchStoreOptions): Promise<BenchStore> {
    const schema = server.schema(purpose)
    const { rowLevelSecurity = true } = options
    const backend = await PostgresBackend.open({
      connectionString: server.url,
      schema,
      ...options,
      rowLevelSecurity,
    })
    const store = new BenchStore(backend, schema)
    if (backend.rowLevelSecurity === rowLevelSecurity) return store
    await backend.close()
    throw new Error(
      `row level security is ${backend.rowLevelSecurity ? 'on' : 'off'}, which was not asked for`,
    )
  }

  /** The same store once more, with a pool of its own. */
  static async reopen(
    server: BenchServer,
    { schema }: BenchStore,
    maxConnections: number,
  ): Promise<BenchStore> {
    const options = { connectionString: server.url, schema, maxConnections, create: false }
    return new BenchStore(await PostgresBackend.open(options), schema)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.backend.close()
  }
}
