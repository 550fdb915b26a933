import { mkdir } from 'node:fs/promises'
import { splitPassword } from './connection.mjs'
import { exitCodes, Failure } from './failure.mjs'
import { withLock } from './lock.mjs'
import { instancePlaces, lockFolder, MAIN_INSTANCE } from './places.mjs'
import { startPooler } from './pooler.mjs'
import { isAnswering } from './server-health.mjs'
import { DEFAULT_VERSION, serverVersion } from './server-versions.mjs'
import { sameSettings } from './settings.mjs'
import { readRecord, writeRecord } from './state.mjs'
import { removeKept, stopAbandonedRuns, stopInstance, stopRecorded } from './take-down.mjs'
import { canUseDebian, startDebian } from './way-debian.mjs'
import { canUseDocker, ensureImage, startDocker } from './way-docker.mjs'
import { checkUrl } from './way-url.mjs'

/** @typedef {import('./state.mjs').State} State */

/**
 * @typedef {object} StartOptions
 * @property {ReturnType<typeof instancePlaces>} places
 * @property {Readonly<Record<string, string>>} settings server settings
 * @property {import('./server-versions.mjs').ServerVersion} version
 * @property {number | undefined} port undefined: any free one
 */

/**
 * @typedef {object} BringUpOptions
 * @property {string} [instance]
 * @property {boolean} [keep] start the instance's last cluster again instead of an empty one
 * @property {Readonly<Record<string, string>>} [settings] undefined: whatever the running server has
 * @property {string} [version] of the server; undefined: whatever the running one has
 * @property {boolean} [pooler] with a connection pooler beside the server, where there is one to be had
 * @property {number} [port] that the server shall listen on, for a server that is started again; way 3 only
 * @property {import('./process-identity.mjs').ProcessIdentity} [owner] the run that the server belongs to; the server is stopped when the run is gone
 * @property {NodeJS.ProcessEnv} [env]
 */

/**
 * Makes one server reachable, or finds the one that already is. Safe to call from several processes at once.
 *
 * @param {BringUpOptions} [options]
 * @returns {Promise<{ readonly state: State, readonly started: boolean }>}
 * @throws {Failure} exit code 2 when this machine has no way to run a server
 */
export async function bringUp({
  instance = MAIN_INSTANCE,
  keep = false,
  settings,
  version,
  pooler = false,
  port,
  owner,
  env = process.env,
} = {}) {
  const places = instancePlaces(instance)
  return withLock(lockFolder, async () => {
    await mkdir(places.folder, { recursive: true })
    if (owner !== undefined) await writeRecord(places.owner, owner)
    await stopAbandonedRuns()
    const url = env.DATABASE_URL || undefined
    /** @type {State | undefined} */
    const recorded = await readRecord(places.state)
    if (recorded !== undefined && recorded.how !== 'url') {
      if (recorded.ready && (await isAnswering(recorded))) {
        refuseContradiction(recorded, url, { settings, version, pooler })
        return { state: recorded, started: false }
      }
      await stopRecorded(recorded)
    }
    try {
      if (url !== undefined && version !== undefined) {
        throw new Failure('DATABASE_URL is set, so --server-version has no effect', {
          exitCode: exitCodes.unavailable,
        })
      }
      const wanted = serverVersion(version ?? DEFAULT_VERSION)
      const options = { places, settings: settings ?? {}, version: wanted, port }
      const alone = url === undefined ? await start(options, keep) : await useUrl(url)
      const state = pooler ? await withPooler(alone, places) : alone
      await writeRecord(places.state, state)
      return { state, started: url === undefined }
    } catch (error) {
      await stopInstance(instance, false)
      throw error
    }
  })
}

/**
 * @param {State} state
 * @param {ReturnType<typeof instancePlaces>} places
 * @returns {Promise<State>}
 */
async function withPooler(state, places) {
  if (state.how === 'debian') return startPooler(state, places)
  process.stderr.write('db: no pooler, since only the servers from Debian packages have one beside them\n')
  return state
}

/**
 * @param {State} recorded
 * @param {string | undefined} url
 * @param {Pick<BringUpOptions, 'settings' | 'version' | 'pooler'>} asked
 */
function refuseContradiction(recorded, url, { settings, version, pooler }) {
  if (url !== undefined && url !== recorded.url) {
    throw new Failure('DATABASE_URL is set, but a server started by db:up still runs; run db:down first')
  }
  if (settings !== undefined && !sameSettings(settings, recorded.settings)) {
    throw new Failure('the running server has other settings; run db:down first')
  }
  if (version !== undefined && version !== recorded.version) {
    throw new Failure('a server of another version runs; run db:down first')
  }
  if (pooler && recorded.how === 'debian' && !recorded.pooler) {
    throw new Failure('the running server has no pooler; run db:down first')
  }
}

/**
 * @param {string} url
 * @returns {Promise<State>}
 */
async function useUrl(url) {
  const checked = await checkUrl(url)
  return {
    how: 'url',
    url,
    ready: true,
    pid: null,
    server: null,
    root: null,
    container: null,
    settings: {},
    version: null,
    pooler: null,
    ...checked,
  }
}

/**
 * @param {StartOptions} options
 * @param {boolean} keep
 * @returns {Promise<State>}
 */
async function start(options, keep) {
  const { places, version } = options
  if (await canUseDocker()) {
    if (await ensureImage(version)) {
      await removeKept(places, keep ? 'docker' : undefined)
      return startDocker(options)
    }
    process.stderr.write('db: Docker answers but cannot get the image; looking for another way\n')
  }
  if (await canUseDebian()) {
    await removeKept(places, keep ? 'debian' : undefined)
    return startDebian(options)
  }
  throw new Failure(
    [
      `no way to run PostgreSQL ${version.version} with pgvector here. One of these is needed:`,
      '  - DATABASE_URL=postgresql://… of a server that offers the extension "vector"',
      '  - a running Docker engine that has, or can pull, pgvector/pgvector:pg17',
      '  - Debian 12 or newer, as root, with a mirror that apt can reach',
    ].join('\n'),
    { exitCode: exitCodes.unavailable },
  )
}

/**
 * One line for the person at the terminal, without the password.
 *
 * @param {State} state
 */
export function describe(state) {
  const way = { url: 'DATABASE_URL', docker: 'Docker', debian: 'Debian packages' }[state.how]
  const versions =
    state.postgres === null ? 'PostgreSQL' : `PostgreSQL ${state.postgres}, pgvector ${state.pgvector}`
  const note = state.note === null ? '' : ` (${state.note})`
  const pooler = state.pooler ? `, PgBouncer: ${splitPassword(state.pooler.url).shown}` : ''
  return `${versions}, by ${way}: ${splitPassword(state.url).shown}${pooler}${note}`
}
