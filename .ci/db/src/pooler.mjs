import { chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort, SUPERUSER, splitPassword } from './connection.mjs'
import { asServer } from './debian-cluster.mjs'
import { SERVER_UID } from './debian-root.mjs'
import { Failure } from './failure.mjs'
import { launch } from './launch.mjs'
import { phase } from './phases.mjs'
import { isRunning, sendSignal } from './process-identity.mjs'
import { writeRecord } from './state.mjs'
import { waitUntil } from './wait-until.mjs'

/**
 * Few servers, each next transaction on another one, nothing reset between them and no named statements: whatever a
 * client leaves in a session, the next one meets, or misses.
 */
const SETTINGS = `pool_mode = transaction
default_pool_size = 4
server_round_robin = 1
max_client_conn = 200
server_reset_query =
query_wait_timeout = 60
listen_addr = 127.0.0.1
unix_socket_dir =
auth_type = scram-sha-256`

/**
 * Starts PgBouncer between clients and a server that answers, from the same unpacked packages.
 *
 * @param {import('./state.mjs').State} state of a server of way 3
 * @param {ReturnType<typeof import('./places.mjs').instancePlaces>} places
 * @returns {Promise<import('./state.mjs').State>} with the pooler; on record before it runs
 */
export async function startPooler(state, places) {
  const { root } = state
  if (root === null) return state
  const url = new URL(state.url)
  const { password = '' } = splitPassword(state.url)
  const folder = `/srv/holdfast/pooler-${state.pid}`
  // Debian 12 has PgBouncer 1.18, which knows no named statements and refuses the setting.
  const hasNamedStatements = state.version !== '15'
  return phase('started PgBouncer', async () => {
    const port = await freePort()
    await mkdir(join(root, folder), { recursive: true, mode: 0o700 })
    const files = {
      'users.txt': `"${SUPERUSER}" "${password}"\n`,
      'pgbouncer.ini': `[databases]
* = host=127.0.0.1 port=${url.port}
[pgbouncer]
${SETTINGS}
${hasNamedStatements ? 'max_prepared_statements = 0' : ''}
listen_port = ${port}
auth_file = ${folder}/users.txt
`,
    }
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(root, folder, name), text, { mode: 0o600 })
      await chown(join(root, folder, name), SERVER_UID, SERVER_UID)
    }
    await chown(join(root, folder), SERVER_UID, SERVER_UID)
    const log = `${places.log}.pooler`
    const { server, release } = launch(log, [
      ...['chroot', ...asServer, root, '/usr/sbin/pgbouncer', `${folder}/pgbouncer.ini`],
    ])
    url.port = String(port)
    const pooled = { ...state, pooler: { url: url.href, server, folder: join(root, folder) } }
    await writeRecord(places.state, pooled)
    release()
    const answers = await waitUntil(async () => !isRunning(server) || (await listens(port)), {
      timeoutMs: 10_000,
    })
    if (answers && isRunning(server)) return pooled
    throw new Failure(`PgBouncer does not answer:\n${(await readFile(log, 'utf8')).trim()}`)
  })
}

/** Clients are cut off: SIGINT and SIGTERM would wait for them. @param {import('./state.mjs').Pooler} pooler */
export async function stopPooler({ server }) {
  for (const signal of /** @type {const} */ (['SIGQUIT', 'SIGKILL'])) {
    sendSignal(server, signal)
    if (await waitUntil(() => !isRunning(server), { timeoutMs: 10_000, everyMs: 20 })) return
  }
  throw new Failure(`process ${server.pid} does not stop`)
}

/** @param {number} port @returns {Promise<boolean>} */
function listens(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}
