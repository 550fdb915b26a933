import { MemoryError } from '@holdfast/core'
import type { Access } from './access.js'
import type { Command, Value } from './command.js'
import type { Copy } from './copy-statement.js'
import type { PooledClient, Statement } from './queryable-pool.js'

/** A row as PostgreSQL wrote it in text form; columns in the order of the SELECT list. */
export type Row = readonly (string | null)[]

export interface RowSet {
  readonly rows: readonly Row[]
  readonly rowCount: number
  /** What the server calls the statement that ended: `COMMIT`, or `ROLLBACK` when there was nothing to commit. */
  readonly command: string | undefined
}

/** Who a transaction acts as when row level security is set up. */
export interface Roles {
  readonly app: string
  readonly admin: string
}

/** Names of settings of PostgreSQL and their values. */
export type Settings = readonly (readonly [name: string, value: string])[]

/** One statement after the other inside one transaction. */
export interface Session {
  /** @throws the reason of the signal when it was aborted meanwhile: no further statement starts. */
  query(text: string, values?: readonly Value[]): Promise<RowSet>
  /** The same for several, in one round trip where the driver can; none runs once one has failed. */
  queryAll(commands: readonly Command[]): Promise<readonly RowSet[]>
  /**
   * {@link query}, with what is made of each row as it comes, while the server makes the next.
   * @throws what `read` throws, when the statement has ended.
   */
  read<T>(text: string, values: readonly Value[], read: (row: Row) => T): Promise<readonly T[]>
  /**
   * The same for the last statement: a transaction that reads ends with it, in the same round trip. A statement after it
   * begins another one for the same scope, and sees another moment.
   */
  readLast<T>(text: string, values: readonly Value[], read: (row: Row) => T): Promise<readonly T[]>
  /** Changes whom the rest of the transaction runs for. */
  become(access: Access): Promise<void>
  /** Runs `COPY … FROM STDIN`; `undefined` where the connection cannot. Otherwise as {@link query}. */
  readonly copy: CopyIn | undefined
  /** Runs statements in a row without waiting for each; `undefined` where the connection cannot. Otherwise as {@link query}. */
  readonly series: SendSeries | undefined
  /** Resolves when the statement that is under way has left this process, so that the server need not wait for it. */
  sent(): Promise<void>
}

/**
 * Runs statements one after the other, up to the first that fails, of which nobody wants the rows. Each is made while the
 * server works on those before.
 * @param text what they are, for whoever looks on.
 */
export type SendSeries = (text: string, makers: readonly (() => Command)[]) => Promise<void>

/** One after the other; rejects with what the first one that fails failed with. */
export type CopyIn = (copies: readonly Copy[]) => Promise<void>

/** Runs one statement; how it may fail is the sender's business. */
export type Send = (text: string, values?: readonly Value[]) => Promise<RowSet>

/** Runs statements one after the other, up to the first that fails. */
export type SendAll = (commands: readonly Command[]) => Promise<readonly RowSet[]>

/**
 * Values come back as the server wrote them. A caller's pool may have parsers of its own for numbers and dates, which
 * would change what we read.
 */
const asText: Statement['types'] = Object.assign([], { getTypeParser: () => (value: string) => value })

/** Runs one statement on a client, without any transaction of its own. It has no name, so poolers may share servers. */
export async function send(
  client: PooledClient,
  text: string,
  values: readonly Value[] = [],
  patienceMs?: number,
): Promise<RowSet> {
  const result = await client.query({
    text,
    values: [...values],
    rowMode: 'array',
    types: asText,
    ...(patienceMs === undefined ? {} : { query_timeout: patienceMs }),
  })
  // Several statements in one text give a list of results, which nobody asks for.
  if (Array.isArray(result)) return { rows: [], rowCount: 0, command: undefined }
  return { rows: result.rows as Row[], rowCount: result.rowCount ?? 0, command: result.command }
}

/** A column that is never NULL. */
export function textOf(value: string | null | undefined): string {
  if (typeof value !== 'string') throw new MemoryError('CORRUPT', 'a column that must have a value is NULL')
  return value
}

/** A number column that is never NULL. */
export function numberOf(value: string | null | undefined): number {
  return Number(textOf(value))
}
