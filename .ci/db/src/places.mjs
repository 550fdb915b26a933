import { realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repositoryFolder = realpathSync(join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..'))

/** Everything these commands write lies here, apart from the cache when HOLDFAST_DB_CACHE moves it. */
export const databaseFolder = join(repositoryFolder, '.db')

export const lockFolder = join(databaseFolder, 'lock')

export const instancesFolder = join(databaseFolder, 'instances')

/** Counts up when an unpacked folder of an earlier version of these commands cannot be used any more. */
const FORMAT = 2

/** The instance of `db:up` and `db:down`; `run-with` makes one of its own for each run. */
export const MAIN_INSTANCE = 'main'

/**
 * Where one server keeps its records.
 *
 * @param {string} instance
 */
export function instancePlaces(instance) {
  const folder = instance === MAIN_INSTANCE ? databaseFolder : join(instancesFolder, instance)
  return {
    folder,
    state: join(folder, 'state.json'),
    kept: join(folder, 'kept.json'),
    owner: join(folder, 'owner.json'),
    log: join(folder, 'server.log'),
  }
}

/**
 * The folder of the unpacked server. It has a name of its own below HOLDFAST_DB_CACHE, so that a purge
 * removes nothing that these commands did not write.
 *
 * @param {string} version of the server
 * @param {NodeJS.ProcessEnv} [env]
 */
export function cachePlaces(version, env = process.env) {
  const base = env.HOLDFAST_DB_CACHE ? resolve(env.HOLDFAST_DB_CACHE) : join(databaseFolder, 'cache')
  const folder = join(base, `holdfast-postgres-${version}-${FORMAT}`)
  return {
    folder,
    lock: `${folder}.lock`,
    root: join(folder, 'root'),
    manifest: join(folder, 'manifest.json'),
  }
}
