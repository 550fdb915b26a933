import type { EmbeddingModel, Logger } from '@holdfast/core'
import type { QueryablePool } from './connection/queryable-pool.js'

/** Where the database is: exactly one of a server, a pool of the caller, or a directory. */
export type PostgresTarget =
  | { readonly connectionString: string; readonly maxConnections?: number }
  | {
      readonly host?: string
      readonly port?: number
      readonly database?: string
      readonly user?: string
      readonly password?: string
      /** `true` verifies the server's certificate; an object goes to Node's `tls.connect`. */
      readonly ssl?: boolean | object
      /** Default 10. */
      readonly maxConnections?: number
    }
  /** A `pg.Pool`, or what behaves like one. It is never ended by the backend. */
  | { readonly pool: QueryablePool }
  /** PostgreSQL inside this process, in a directory of its own: needs the two `@electric-sql` packages. */
  | { readonly embedded: { readonly dataDir: string } }

/** A server that applies the primary's log: a streaming replica. One server, not a name behind which there are several. */
export type PostgresReplica = (
  | { readonly connectionString: string; readonly maxConnections?: number }
  | { readonly pool: QueryablePool }
) & {
  /**
   * A read goes to the replica only when that has what this process wrote to the read's scope. Default true; `false`
   * reads there whatever it has.
   */
  readonly readYourWrites?: boolean
}

export interface PostgresStoreOptions {
  /**
   * Values a vector has, 1 to 16,000. Fixed when the store is made; default then: what `embeddingModel` says, else
   * 1024. With up to 1,960 an exact search reads vectors in place; longer ones cost several times as much.
   */
  readonly dimensions?: number
  /** Name of the SQL schema that holds the store. Default `holdfast`. */
  readonly schema?: string
  /**
   * Policies in the database as a second wall behind the scope in every statement. `auto` (default): set up where the
   * database user may make roles, otherwise a warning. `true`: fail where not. `false`: not set up; a store that has
   * them keeps them.
   */
  readonly rowLevelSecurity?: 'auto' | boolean
  /** `auto` (default) brings the schema up to date; `check` refuses an old one; `off` looks at nothing. */
  readonly migrate?: 'auto' | 'check' | 'off'
  /** `false` refuses to make a store where there is none. Default true. */
  readonly create?: boolean
  /** The model that the vectors come from; a store with another one is refused. */
  readonly embeddingModel?: EmbeddingModel
  /**
   * Whether a search may use the approximate index of a large owner, once `admin.maintain` has built one. Default true;
   * `false` makes every search exact, as `exact: true` does for one.
   */
  readonly approximateSearch?: boolean
  /** Refuses every write with `NOT_SUPPORTED` and changes no schema. Default false. */
  readonly readOnly?: boolean
  /** Milliseconds one statement, or a pause between two of one call, may take, 0 for no limit. Default: 60,000 on a server, none on a pool or embedded. */
  readonly statementTimeoutMs?: number
  /**
   * Milliseconds for which a call that failed for a passing reason (a restart, a deadlock, too many connections) is
   * tried again, 0 for never. Default 30,000. When the connection breaks during a commit, as long again to find out
   * what became of it.
   */
  readonly retryTimeoutMs?: number
  /** Milliseconds that `close()` waits for calls in flight before it ends them. Default 30,000. */
  readonly closeTimeoutMs?: number
  /** Milliseconds to wait for a connection. Default 10,000. A server of ours only. */
  readonly connectTimeoutMs?: number
  /** For reads. One that fails is left alone for a while, and the primary is read. Not with `embedded`. */
  readonly replica?: PostgresReplica
  readonly logger?: Logger
}

export type PostgresOpenOptions = PostgresTarget & PostgresStoreOptions
