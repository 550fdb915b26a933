import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import { vector } from '@electric-sql/pglite-pgvector'
import { FileBackend } from '@holdfast/backend-file'
import { PostgresBackend, type PostgresTarget } from '@holdfast/backend-postgres'
import type { MemoryBackend } from '@holdfast/core'
import pg from 'pg'
import { dimensions } from './records.js'

/** One backend of the comparison. Its store is kept for all histories and emptied before each. */
export interface Store {
  readonly name: string
  backend: MemoryBackend
  /** Closes the backend and opens the same data again. */
  reopen(): Promise<void>
  /** Closes the backend and removes its data. */
  end(): Promise<void>
}

/** How the server is reached, where there is one. A pooler changes what a connection keeps between two calls. */
export type Route = 'directly' | 'behind PgBouncer'

const directUrl = process.env.DATABASE_URL
const poolerUrl = process.env.DATABASE_POOLER_URL

/** Every backend that there is here. Without a pooler the server is reached directly. */
export async function openStores(route: Route): Promise<readonly Store[]> {
  const stores = [await fileStore(), await embeddedStore()]
  if (directUrl === undefined) return stores
  const isPooled = route === 'behind PgBouncer' && poolerUrl !== undefined
  return [...stores, await serverStore(directUrl, isPooled ? poolerUrl : undefined)]
}

/** Removes what a history left behind, as an application would. */
export async function empty({ backend }: Store): Promise<void> {
  for (const { scope } of await backend.admin.listScopes()) await backend.deleteScope(scope)
}

async function fileStore(): Promise<Store> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-differential-'))
  return opened(
    'file',
    () => FileBackend.open({ dataDir, dimensions, durability: 'off' }),
    () => rm(dataDir, { recursive: true }),
  )
}

async function embeddedStore(): Promise<Store> {
  const lite = await PGlite.create({ extensions: { vector } })
  const pool = new pg.Pool({ ...createPgConfig(lite), idleTimeoutMillis: 0 } as unknown as pg.PoolConfig)
  return opened(
    'embedded PostgreSQL',
    () => PostgresBackend.open({ pool, dimensions }),
    async () => {
      await pool.end()
      await lite.close()
    },
  )
}

async function serverStore(url: string, pooler: string | undefined): Promise<Store> {
  const schema = `differential_${process.pid}_${randomUUID().slice(0, 8)}`
  const target: PostgresTarget = { connectionString: pooler ?? unsafe(url), maxConnections: 2 }
  return opened(
    pooler === undefined ? 'a real server' : 'a real server behind PgBouncer',
    () => PostgresBackend.open({ ...target, schema, dimensions }),
    async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try {
        await client.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
        for (const role of [`${schema}_app`, `${schema}_admin`])
          await client.query(`DROP ROLE IF EXISTS "${role}"`)
      } finally {
        await client.end()
      }
    },
  )
}

/** What a power cut takes is tried elsewhere; here it would be most of the time. A pooler refuses such an option. */
function unsafe(url: string): string {
  const withOptions = new URL(url)
  withOptions.searchParams.set('options', '-c synchronous_commit=off')
  return withOptions.href
}

async function opened(
  name: string,
  open: () => Promise<MemoryBackend>,
  remove: () => Promise<void>,
): Promise<Store> {
  const store: Store = {
    name,
    backend: await open(),
    async reopen() {
      await store.backend.close()
      store.backend = await open()
    },
    async end() {
      await store.backend.close()
      await remove()
    },
  }
  return store
}
