import { resolve } from 'node:path'
import { type MemoryBackend, MemoryError } from '@holdfast/core'
import { checkConfig } from './check-config.js'
import type { Config, ConfigInput } from './config.js'
import { openLocation } from './open-location.js'
import { definedOptions, type OpenOptions } from './open-options.js'
import { openPackagedBackend } from './open-packaged-backend.js'
import { openPostgres } from './open-postgres.js'
import { parseStoreUrl } from './store-url.js'

/**
 * Opens the store that a configuration names. Relative paths in a configuration that does not come from
 * `loadConfig` start from the working directory. Errors as `openBackend`.
 */
export async function getBackend(config: ConfigInput, options: OpenOptions = {}): Promise<MemoryBackend> {
  const checked = checkConfig(config, 'the configuration')
  const given = definedOptions(options)
  switch (checked.memory.backend) {
    case 'file':
      return openLocation(
        { kind: 'file', dataDir: resolve(checked.paths.dataDir) },
        { ...withDimensions(checked), ...given },
      )
    case 'postgres':
      return openConfiguredPostgres(checked, given)
    default:
      return openPackagedBackend(checked, { ...withDimensions(checked), ...given })
  }
}

async function openConfiguredPostgres(config: Config, given: OpenOptions): Promise<MemoryBackend> {
  const { url, replicaUrl, host, port, database, user, password, schema, rowLevelSecurity } =
    config.memory.postgres
  const options = {
    ...withDimensions(config),
    ...(schema === undefined ? {} : { schema }),
    ...(rowLevelSecurity === undefined ? {} : { rowLevelSecurity }),
    ...(replicaUrl === undefined ? {} : { replicaUrl: replicaAt(replicaUrl) }),
    ...given,
  }
  if (url !== undefined) {
    const location = parseStoreUrl(url, process.cwd())
    if (location.kind === 'pglite' && replicaUrl !== undefined) {
      throw new MemoryError('CONFIG_INVALID', 'memory.postgres.replica_url is for a server, not for pglite:')
    }
    if (location.kind !== 'file') return openLocation(location, options)
    throw new MemoryError('CONFIG_INVALID', 'memory.postgres.url must begin with postgres:// or pglite:')
  }
  return openPostgres(
    {
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(database === undefined ? {} : { database }),
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
    },
    options,
  )
}

function replicaAt(url: string): string {
  const location = parseStoreUrl(url, process.cwd())
  if (location.kind === 'postgres') return location.connectionString
  throw new MemoryError('CONFIG_INVALID', 'memory.postgres.replica_url must begin with postgres://')
}

function withDimensions({ memory: { dimensions } }: Config): OpenOptions {
  return dimensions === undefined ? {} : { dimensions }
}
