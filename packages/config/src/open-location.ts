import type { MemoryBackend } from '@holdfast/core'
import type { OpenOptions } from './open-options.js'
import { openPostgres } from './open-postgres.js'
import { requirePackage } from './require-package.js'
import type { StoreLocation } from './store-url.js'

/** Opens what a URL names, loading that backend's package and no other. */
export async function openLocation(location: StoreLocation, options: OpenOptions): Promise<MemoryBackend> {
  switch (location.kind) {
    case 'file':
      return openFile(location.dataDir, options)
    case 'pglite':
      return openPostgres({ embedded: { dataDir: location.dataDir } }, options)
    case 'postgres':
      return openPostgres({ connectionString: location.connectionString }, options)
    default:
      throw location satisfies never
  }
}

async function openFile(dataDir: string, options: OpenOptions): Promise<MemoryBackend> {
  const { schema, rowLevelSecurity, replicaUrl, ...rest } = options
  if (schema !== undefined || rowLevelSecurity !== undefined || replicaUrl !== undefined) {
    throw new TypeError(
      'schema, rowLevelSecurity and replicaUrl are options of PostgreSQL; a file store has none of them',
    )
  }
  requirePackage('@holdfast/backend-file')
  const { FileBackend } = await import('@holdfast/backend-file')
  return FileBackend.open({ dataDir, ...rest })
}
