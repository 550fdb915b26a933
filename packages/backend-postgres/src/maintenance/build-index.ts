import { MemoryError } from '@holdfast/core'
import { numberOf, type Send, textOf } from '../connection/session.js'
import { quoteIdentifier, quoteLiteral } from '../schema/schema-names.js'
import {
  type IndexElement,
  indexedExpression,
  maxIndexedDimensions,
  operatorClass,
} from '../search/index-element.js'
import type { Store } from '../store.js'
import type { VectorTable } from './owner-index.js'

/** Source of the defaults of pgvector and what they do: its README, "HNSW index options". */
const links = 16
const candidatesAtBuild = 128

/**
 * What an index of this store keeps, or `undefined` when its vectors are too long for any. On a server, 16 bits a
 * component: half the size, and what that costs in accuracy the true scores make up for. Embedded, where 16 bits are
 * slow, whole vectors as long as they fit.
 */
export function indexElement(store: Store, singleSession: boolean): IndexElement | undefined {
  if (singleSession && store.dimensions <= maxIndexedDimensions.vector) return 'vector'
  return store.dimensions <= maxIndexedDimensions.halfvec ? 'halfvec' : undefined
}

/** The index of one owner alone. */
export interface NewIndex {
  readonly name: string
  readonly table: VectorTable
  readonly ownerKey: string
  readonly element: IndexElement
  readonly rows: number
}

/** How a step is done: concurrently, so that writes go on, unless there is one session for everybody. */
export interface BuildOptions {
  readonly singleSession: boolean
  readonly signal: AbortSignal | undefined
}

/** Bytes of memory that a build takes at most; with less than its graph needs, a build takes many times as long. */
const maxBuildBytes = 2 ** 30

/** What pgvector keeps of a row while it builds, beside the vector. Rounded up from what a build of 100,000 rows took. */
const graphBytes = 1000

/**
 * Builds an index. A build that is broken off leaves an invalid one behind, which nothing uses.
 * @throws {MemoryError} `CONNECTION` when the session's settings would have to be raised behind a pooler: each statement
 * may run in another session there, which the next client gets with whatever was set.
 */
export async function buildIndex(store: Store, index: NewIndex, options: BuildOptions): Promise<void> {
  const { name, table, ownerKey, element } = index
  const expression = indexedExpression(store, element, 'embedding')
  const text = `CREATE INDEX ${options.singleSession ? '' : 'CONCURRENTLY'} ${quoteIdentifier(name)}
    ON ${store.names.quoted}.${table} USING hnsw (${expression} ${operatorClass(store, element)})
    WITH (m = ${links}, ef_construction = ${candidatesAtBuild}) WHERE owner_key =${quoteLiteral(ownerKey)}`
  await store.database.outside(async (send, announcedPid) => {
    const { settings, pid } = await raisedSettings(send, store, index)
    const isPooled = !options.singleSession && announcedPid !== undefined && announcedPid !== pid
    if (settings.length > 0 && isPooled) {
      const wanted = settings.map(([setting, value]) => `${setting} = ${value}`).join(' and ')
      throw new MemoryError(
        'CONNECTION',
        `building an index of ${index.rows} vectors needs ${wanted}, which cannot be set through a connection pooler: connect to the server itself, or give the database user these settings with ALTER ROLE`,
      )
    }
    const reset = async () => {
      for (const [setting] of settings) await send(`RESET ${setting}`)
    }
    try {
      for (const [setting, value] of settings) await send(`SET ${setting} = ${value}`)
      await send(text)
    } catch (error) {
      // A connection that was lost keeps no settings, and what broke it is what counts.
      await reset().catch(() => {})
      throw error
    }
    await reset()
  }, options.signal)
}

/** Drops an index, also one that is not there. */
export function dropIndex(store: Store, name: string, options: BuildOptions): Promise<void> {
  const concurrently = options.singleSession ? '' : 'CONCURRENTLY'
  const text = `DROP INDEX ${concurrently} IF EXISTS ${store.names.quoted}.${quoteIdentifier(name)}`
  return store.database.outside(async (send) => {
    await send(text)
  }, options.signal)
}

/** The settings of the session that a build would suffer from, which are only ever raised, and its process. */
async function raisedSettings(
  send: Send,
  { dimensions }: Store,
  { rows, element }: NewIndex,
): Promise<{ readonly settings: readonly (readonly [string, string])[]; readonly pid: number }> {
  const { rows: current } = await send(
    `SELECT pg_catalog.pg_size_bytes(current_setting('maintenance_work_mem')), current_setting('statement_timeout'),
       pg_catalog.pg_backend_pid()`,
  )
  const [memory, timeout, pid] = current[0] ?? []
  const needed = rows * (dimensions * (element === 'halfvec' ? 2 : 4) + graphBytes)
  const wanted = Math.ceil(Math.min(needed, maxBuildBytes) / 1024)
  const settings = [
    ...(numberOf(memory) / 1024 < wanted ? [['maintenance_work_mem', `'${wanted}kB'`] as const] : []),
    ...(textOf(timeout) === '0' ? [] : [['statement_timeout', '0'] as const]),
  ]
  return { settings, pid: numberOf(pid) }
}
