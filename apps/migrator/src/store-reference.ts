import { readdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import {
  type Config,
  loadConfig,
  type OpenOptions,
  openBackend,
  parseStoreUrl,
  redactUrl,
} from '@holdfast/config'
import type { MemoryBackend } from '@holdfast/core'

/** A store that was named on the command line and is not open yet. */
export interface StoreReference {
  /** As it was named, without a password. */
  readonly shown: string
  /** The directory it lives in, when it is one. */
  readonly directory: string | undefined
  /** Equal for two names of one store. */
  readonly identity: string
  readonly open: (options: OpenOptions) => Promise<MemoryBackend>
}

/** @throws {MemoryError} `UNKNOWN_BACKEND`. */
export async function storeAtUrl(url: string): Promise<StoreReference> {
  const location = parseStoreUrl(url, process.cwd())
  const place = { shown: redactUrl(url), open: (options: OpenOptions) => openBackend(url, options) }
  if (location.kind === 'postgres') {
    return { ...place, directory: undefined, identity: databaseIdentity(location.connectionString) }
  }
  return { ...place, ...(await inDirectory(location.dataDir)) }
}

/** The store that a configuration names. @throws {MemoryError} `CONFIG_INVALID`, `UNKNOWN_BACKEND`. */
export async function storeOfConfig(path: string): Promise<StoreReference> {
  const config = await loadConfig(path)
  const place = { shown: path, open: (options: OpenOptions) => openBackend(config, options) }
  const { backend, postgres } = config.memory
  if (backend === 'file') return { ...place, ...(await inDirectory(config.paths.dataDir)) }
  if (backend !== 'postgres')
    return { ...place, directory: undefined, identity: `${backend} ${resolve(path)}` }
  const location = parseStoreUrl(postgres.url ?? urlOf(config), process.cwd())
  if (location.kind !== 'postgres') return { ...place, ...(await inDirectory(location.dataDir)) }
  return {
    ...place,
    directory: undefined,
    identity: databaseIdentity(location.connectionString, postgres.schema),
  }
}

/** Whether a directory is missing or empty, so that there is no store in it. */
export async function isVacant(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length === 0
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true
    throw error
  }
}

/** Whether a store lies below the directory of another one, where writing it would change that one's files. */
export function isInside(inner: StoreReference, outer: StoreReference): boolean {
  return outer.directory !== undefined && inner.identity.startsWith(`${outer.identity}${sep}`)
}

async function inDirectory(directory: string) {
  return { directory, identity: `directory ${await realPath(directory)}` }
}

/** The path without symbolic links; parts that do not exist yet stay as they are. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(await realPath(parent), basename(path))
  }
}

function urlOf({ memory: { postgres } }: Config): string {
  const { host = '', port = '', database = '', user = '' } = postgres
  return `postgres://${encodeURIComponent(user)}@${host}:${port}/${encodeURIComponent(database)}`
}

/** Server, database and schema: who logs in, and how, does not make it another store. */
function databaseIdentity(connectionString: string, schema = 'holdfast'): string {
  const [, host = '', port = '', path = ''] =
    /^[a-z]+:\/\/(?:.*@)?([^/:?#]*)(?::(\d*))?(?:\/([^?#]*))?/i.exec(connectionString) ?? []
  return `database ${host.toLowerCase() || 'localhost'}:${port || '5432'}/${path} ${schema}`
}
