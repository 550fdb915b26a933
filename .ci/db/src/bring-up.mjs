import { mkdir } from 'node:fs/promises'
import { splitPassword } from './connection.mjs'
import { exitCodes, Failure } from './failure.mjs'
import { withLock } from './lock.mjs'
import { instancePlaces, lockFolder, MAIN_INSTANCE } from './places.mjs'
import { isAnswering } from './server-health.mjs'
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
 */

/**
 * @typedef {object} BringUpOptions
 * @property {string} [instance]
 * @property {boolean} [keep] start the instance's last cluster again instead of an empty one
 * @property {Readonly<Record<string, string>>} [settings] undefined: whatever the running server has
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
        refuseContradiction(recorded, url, settings)
        return { state: recorded, started: false }
      }
      await stopRecorded(recorded)
    }
    try {
      const state =
        url === undefined ? await start({ places, settings: settings ?? {} }, keep) : await useUrl(url)
      // A connection pooler belongs here, between a server that answers and the state that announces it: it
      // would be started from `state`, and be recorded in a field of its own for take-down.mjs.
      await writeRecord(places.state, state)
      return { state, started: url === undefined }
    } catch (error) {
      await stopInstance(instance, false)
      throw error
    }
  })
}

/**
 * @param {State} recorded
 * @param {string | undefined} url
 * @param {Readonly<Record<string, string>> | undefined} settings
 */
function refuseContradiction(recorded, url, settings) {
  if (url !== undefined && url !== recorded.url) {
    throw new Failure('DATABASE_URL is set, but a server started by db:up still runs; run db:down first')
  }
  if (settings !== undefined && !sameSettings(settings, recorded.settings)) {
    throw new Failure('the running server has other settings; run db:down first')
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
    ...checked,
  }
}

/**
 * @param {StartOptions} options
 * @param {boolean} keep
 * @returns {Promise<State>}
 */
async function start(options, keep) {
  const { places } = options
  if (await canUseDocker()) {
    if (await ensureImage()) {
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
      'no way to run PostgreSQL 17 with pgvector here. One of these is needed:',
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
  return `${versions}, by ${way}: ${splitPassword(state.url).shown}${note}`
}
