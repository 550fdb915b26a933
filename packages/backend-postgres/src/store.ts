import type { Access } from './connection/access.js'
import type { Database, ReadOptions, TransactionOptions } from './connection/database.js'
import type { Roles, Session } from './connection/session.js'
import type { VectorExtension } from './migrations/vector-extension.js'
import type { ReadReplica } from './replica/read-replica.js'
import type { SchemaNames } from './schema/schema-names.js'
import type { VectorLayout } from './schema/vector-layout.js'
import type { KnownIndexes } from './search/known-indexes.js'

/** An open store: where its tables are and how they are reached. */
export interface Store {
  readonly database: Database
  /** The pool behind {@link database}, as what tells embedded databases apart. */
  readonly connections: object
  readonly names: SchemaNames
  readonly vector: VectorExtension
  readonly dimensions: number
  readonly layout: VectorLayout
  /** Set when row level security is: every transaction takes one of the two. */
  readonly roles: Roles | undefined
  /** Where reads may go instead. */
  readonly replica?: ReadReplica | undefined
  /** Whether searches may use the indexes that maintenance has built. */
  readonly approximateSearch: boolean
  /** What is known of those indexes. */
  readonly indexes: KnownIndexes
}

type Work<T> = (session: Session) => Promise<T>

/** A transaction that only reads, all of it at one moment. */
export function reading<T>(store: Store, options: ReadOptions, work: Work<T>): Promise<T> {
  return (store.replica ?? store.database).read(options, store.roles, work)
}

/** A transaction that writes. */
export function writing<T>(store: Store, options: TransactionOptions, work: Work<T>): Promise<T> {
  return (store.replica ?? store.database).write(options, store.roles, work)
}

/** Access and signal of one call. */
export function forCall(
  access: Access,
  context: { readonly signal: AbortSignal | undefined },
): TransactionOptions {
  return { access, signal: context.signal }
}
