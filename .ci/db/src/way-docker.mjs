import { mustRun, run } from './command.mjs'
import { connectionUrl, newPassword, SUPERUSER } from './connection.mjs'
import { Failure } from './failure.mjs'
import { phase } from './phases.mjs'
import { prepareDatabase, psqlOptions } from './prepare-database.mjs'
import { sameSettings, settingArguments } from './settings.mjs'
import { readRecord, writeRecord } from './state.mjs'

/** @param {import('./server-versions.mjs').ServerVersion} version */
const imageOf = ({ version }) => `pgvector/pgvector:pg${version}`

/** The default of 64 MiB is too small for a parallel HNSW build. */
const SHARED_MEMORY = '1g'

/** A client without an engine fails at once; one with an engine that hangs must not hold us up. */
export async function canUseDocker() {
  return (await run('docker', ['info'], { timeoutMs: 10_000 })).code === 0
}

/**
 * @param {import('./server-versions.mjs').ServerVersion} version
 * @returns {Promise<boolean>} whether the image is here, or could be pulled
 */
export async function ensureImage(version) {
  const image = imageOf(version)
  if ((await run('docker', ['image', 'inspect', image])).code === 0) return true
  return phase(`looked for ${image}`, async () => {
    return (await run('docker', ['pull', '--quiet', image])).code === 0
  })
}

/**
 * Starts the server in a container whose port is published on a free loopback port only.
 *
 * @param {import('./bring-up.mjs').StartOptions} options
 * @returns {Promise<import('./state.mjs').State>}
 */
export async function startDocker({ places, settings: asked, version }) {
  /** @type {import('./state.mjs').Kept | undefined} */
  const kept = await readRecord(places.kept)
  const reused =
    kept?.how === 'docker' && kept.version === version.version && (await containerExists(kept.container))
      ? kept
      : undefined
  if (kept?.how === 'docker' && reused === undefined) await removeContainer(kept.container)
  const settings = reused?.settings ?? asked
  if (Object.keys(asked).length > 0 && !sameSettings(asked, settings)) {
    throw new Failure(
      'the kept container has other settings, and a container cannot change them; leave out --keep',
    )
  }
  const password = reused?.password ?? newPassword()
  const container = reused?.container ?? (await createContainer(version, password, settings))
  await writeRecord(places.kept, { how: 'docker', password, container, settings, version: version.version })
  return phase('started the container', async () => {
    await mustRun('docker', ['start', container], { what: 'start the container' })
    const published = await mustRun('docker', ['port', container, '5432/tcp'], { what: 'find its port' })
    const port = Number(/^127\.0\.0\.1:(\d+)$/m.exec(published)?.[1])
    if (!Number.isInteger(port)) throw new Failure(`the container has no loopback port: ${published.trim()}`)
    /** @type {import('./state.mjs').State} */
    const state = {
      ...{ how: 'docker', url: connectionUrl({ port, password }), ready: false, pid: null, server: null },
      ...{ root: null, container, settings, postgres: null, pgvector: null, note: null },
      ...{ version: version.version, pooler: null },
    }
    await writeRecord(places.state, state)
    const versions = await prepareDatabase({
      sql: sqlInContainer(container, password),
      isRunning: () => isContainerRunning(container),
      readLog: async () => {
        const { stdout, stderr } = await run('docker', ['logs', '--tail', '12', container])
        return `${stdout}${stderr}`.trim()
      },
    })
    return { ...state, ...versions, ready: true }
  })
}

/**
 * @param {import('./server-versions.mjs').ServerVersion} version
 * @param {string} password
 * @param {Readonly<Record<string, string>>} settings
 */
async function createContainer(version, password, settings) {
  const output = await mustRun(
    'docker',
    [
      ...['create', '--label', 'holdfast.role=test-database', '--publish', '127.0.0.1::5432'],
      ...['--shm-size', SHARED_MEMORY, '--env', 'POSTGRES_PASSWORD', '--env', 'POSTGRES_INITDB_ARGS'],
      ...[imageOf(version), 'postgres', ...settingArguments(settings)],
    ],
    {
      // Named above without a value, so the password is not in the list of processes.
      env: {
        ...process.env,
        POSTGRES_PASSWORD: password,
        // The same collation as a cluster made by makeCluster, for the same reason.
        POSTGRES_INITDB_ARGS: '--locale-provider=icu --icu-locale=en-US',
      },
      what: 'create the container',
    },
  )
  const id = output.trim().split('\n').at(-1)
  if (id === undefined || !/^[0-9a-f]{12,64}$/.test(id)) throw new Failure('docker gave no container id')
  return id
}

/**
 * Asks over TCP, not over the socket: while the image sets itself up, a first server listens on the socket
 * only, and it goes away again.
 *
 * @param {string} container
 * @param {string} password
 * @returns {import('./prepare-database.mjs').Sql}
 */
export function sqlInContainer(container, password) {
  return (database, sql) =>
    run(
      'docker',
      [
        ...['exec', '--env', 'PGPASSWORD', container, 'psql', ...psqlOptions],
        ...['-h', '127.0.0.1', '-U', SUPERUSER, '-d', database, '-c', sql],
      ],
      { env: { ...process.env, PGPASSWORD: password }, timeoutMs: 30_000 },
    )
}

/** @param {string} container */
async function containerExists(container) {
  return (await run('docker', ['inspect', container], { timeoutMs: 10_000 })).code === 0
}

/** @param {string} container */
export async function isContainerRunning(container) {
  const format = ['--format', '{{.State.Running}}']
  const { code, stdout } = await run('docker', ['inspect', ...format, container], { timeoutMs: 10_000 })
  return code === 0 && stdout.trim() === 'true'
}

/** @param {string} container */
export async function stopContainer(container) {
  if (!(await containerExists(container))) return
  // The image's stop signal is SIGINT: a fast shutdown.
  await mustRun('docker', ['stop', '-t', '60', container], { what: 'stop the container' })
}

/** @param {string} container */
export async function removeContainer(container) {
  if (!(await containerExists(container))) return
  await mustRun('docker', ['rm', '--force', '--volumes', container], { what: 'remove the container' })
}
