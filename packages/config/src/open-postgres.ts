import type { MemoryBackend } from '@holdfast/core'
import type { OpenOptions } from './open-options.js'
import { requirePackage } from './require-package.js'

/** The ways to say which database. */
export type PostgresPlace =
  | { readonly connectionString: string }
  | { readonly embedded: { readonly dataDir: string } }
  | {
      readonly host?: string
      readonly port?: number
      readonly database?: string
      readonly user?: string
      readonly password?: string
    }

/** Loads the PostgreSQL backend and opens a store. */
export async function openPostgres(place: PostgresPlace, options: OpenOptions): Promise<MemoryBackend> {
  requirePackage('@holdfast/backend-postgres')
  const { PostgresBackend } = await import('@holdfast/backend-postgres')
  const { replicaUrl, ...rest } = options
  const replica = replicaUrl === undefined ? {} : { replica: { connectionString: replicaUrl } }
  return PostgresBackend.open({ ...place, ...rest, ...replica })
}
