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

const realUrl = process.env.DATABASE_URL

/** Every backend that there is here. */
export async function openStores(): Promise<readonly Store[]> {
  const stores = [await fileStore(), await embeddedStore()]
  return realUrl === undefined ? stores : [...stores, await serverStore(realUrl)]
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

async function serverStore(url: string): Promise<Store> {
  // What a power cut takes is tried elsewhere; here it would be most of the time.
  const withOptions = new URL(url)
  withOptions.searchParams.set('options', '-c synchronous_commit=off')
  const connectionString = withOptions.href
  const schema = `differential_${process.pid}`
  const target: PostgresTarget = { connectionString, maxConnections: 2 }
  return opened(
    'a real server',
    () => PostgresBackend.open({ ...target, schema, dimensions }),
    async () => {
      const client = new pg.Client({ connectionString })
      await client.connect()
      try {
        await client.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${schema} CASCADE`)
        for (const role of [`${schema}_app`, `${schema}_admin`])
          await client.query(`DROP ROLE IF EXISTS ${role}`)
      } finally {
        await client.end()
      }
    },
  )
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
