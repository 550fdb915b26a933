import { existsSync } from 'node:fs'
import { chown, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun, run } from './command.mjs'
import { SUPERUSER } from './connection.mjs'
import { BINARIES, SERVER_UID } from './debian-root.mjs'
import { Failure } from './failure.mjs'
import { psqlOptions } from './prepare-database.mjs'
import { isRunning, sendSignal } from './process-identity.mjs'
import { processesIn } from './processes-in.mjs'
import { waitUntil } from './wait-until.mjs'

/** @type {NodeJS.ProcessEnv} */
export const serverEnvironment = Object.freeze({
  PATH: `${BINARIES}:/usr/bin:/bin`,
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
})

export const asServer = Object.freeze([`--userspec=${SERVER_UID}:${SERVER_UID}`])

/** Exists while the cluster is being made, so a cluster beside it is not whole. */
const passwordFile = (/** @type {string} */ root, /** @type {string} */ cluster) =>
  `${join(root, cluster)}.password`

/**
 * Tells whether the cluster is there and was made to the end.
 *
 * @param {string} root
 * @param {string} cluster path inside `root`
 */
export const isWholeCluster = (root, cluster) =>
  existsSync(join(root, cluster, 'PG_VERSION')) && !existsSync(passwordFile(root, cluster))

/**
 * Makes an empty cluster below the unpacked server.
 *
 * The collation is ICU's American English, as natural language sorting is what servers in use have: code
 * that forgets `COLLATE "C"` where it needs byte order then fails here and not at a user's.
 *
 * @param {string} root
 * @param {string} cluster path inside `root`, with a leading slash
 * @param {string} password of the superuser
 */
export async function makeCluster(root, cluster, password) {
  const folder = join(root, cluster)
  const secret = passwordFile(root, cluster)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chown(folder, SERVER_UID, SERVER_UID)
  await writeFile(secret, `${password}\n`, { mode: 0o600 })
  try {
    await chown(secret, SERVER_UID, SERVER_UID)
    const options = [
      ...['-D', cluster, '-U', SUPERUSER, `--pwfile=${cluster}.password`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US'],
      // Only the empty cluster is not flushed; the running server flushes as usual.
      '--no-sync',
    ]
    await mustRun('chroot', [...asServer, root, `${BINARIES}/initdb`, ...options], {
      env: serverEnvironment,
      what: 'make an empty cluster',
    })
  } finally {
    await rm(secret, { force: true })
  }
}

/**
 * @param {string} root
 * @param {string} cluster path inside `root`
 */
export async function removeCluster(root, cluster) {
  // A backend that has not yet noticed the death of its postmaster may still write a file.
  await rm(join(root, cluster), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  await rm(passwordFile(root, cluster), { force: true })
}

/**
 * Makes a cluster whose postmaster was killed ready for the next one. PostgreSQL itself takes a dead
 * postmaster for a living one while its parent has not reaped it, which in a container may be never.
 *
 * @param {string} root
 * @param {string} cluster path inside `root`
 * @throws {Failure} when processes still work in the cluster
 */
export async function releaseCluster(root, cluster) {
  const folder = join(root, cluster)
  // Every server process works in its cluster's folder; without a postmaster they end by themselves.
  const free = await waitUntil(async () => (await processesIn(folder, 'cwd')).length === 0, {
    timeoutMs: 10_000,
  })
  if (!free) throw new Failure(`a server that is not on record still uses ${folder}`)
  await rm(join(folder, 'postmaster.pid'), { force: true })
}

/**
 * @param {string} root
 * @param {{ readonly port: number, readonly password: string }} server
 * @returns {import('./prepare-database.mjs').Sql}
 */
export function sqlInRoot(root, { port, password }) {
  return (database, sql) =>
    run(
      'chroot',
      [
        ...[...asServer, root, `${BINARIES}/psql`, ...psqlOptions],
        ...['-h', '127.0.0.1', '-p', String(port), '-U', SUPERUSER, '-d', database, '-c', sql],
      ],
      { env: { ...serverEnvironment, PGPASSWORD: password, PGCONNECT_TIMEOUT: '5' }, timeoutMs: 30_000 },
    )
}

/**
 * Stops the postmaster: fast shutdown (SIGINT: sessions are cut, data is flushed), then immediate shutdown
 * (SIGQUIT), then SIGKILL. PostgreSQL manual, "Shutting Down the Server".
 *
 * @param {import('./process-identity.mjs').ProcessIdentity} server
 */
export async function stopServer(server) {
  const steps = /** @type {const} */ ([
    ['SIGINT', 60_000],
    ['SIGQUIT', 10_000],
    ['SIGKILL', 10_000],
  ])
  for (const [signal, timeoutMs] of steps) {
    sendSignal(server, signal)
    if (await waitUntil(() => !isRunning(server), { timeoutMs, everyMs: 20 })) return
  }
  throw new Failure(`process ${server.pid} does not stop`)
}
