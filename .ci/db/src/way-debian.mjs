import { randomBytes } from 'node:crypto'
import { readFile, realpath } from 'node:fs/promises'
import { run } from './command.mjs'
import { connectionUrl, freePort, newPassword } from './connection.mjs'
import {
  asServer,
  isWholeCluster,
  makeCluster,
  releaseCluster,
  removeCluster,
  sqlInRoot,
  stopServer,
} from './debian-cluster.mjs'
import { BINARIES, ensureRoot } from './debian-root.mjs'
import { launch } from './launch.mjs'
import { phase } from './phases.mjs'
import { cachePlaces } from './places.mjs'
import { prepareDatabase } from './prepare-database.mjs'
import { isRunning } from './process-identity.mjs'
import { settingArguments } from './settings.mjs'
import { readRecord, writeRecord } from './state.mjs'

const START_ATTEMPTS = 5

/** Mounts shared memory for the server alone; the mount ends with the last process that sees it. */
const MOUNT_SHARED_MEMORY = 'mount -t tmpfs -o mode=1777,nosuid,nodev,noexec tmpfs "$0/dev/shm"'
const IN_OWN_MOUNTS = Object.freeze(['--mount', '--propagation', 'private', 'sh', '-c'])

/** @returns {Promise<boolean>} */
export async function canUseDebian() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  if (!/^ID="?debian"?$/m.test(release)) return false
  const programs = ['apt-get', 'dpkg-deb', 'chroot', 'mknod']
  const found = await Promise.all(programs.map((name) => run(name, ['--version'])))
  return found.every(({ code }) => code === 0)
}

/**
 * Starts the server from Debian's packages, unpacked into one folder, and waits until it answers.
 *
 * @param {import('./bring-up.mjs').StartOptions} options
 * @returns {Promise<import('./state.mjs').State>}
 */
export async function startDebian({ places, settings, version, port: wantedPort }) {
  // The kernel names the root folder of a process by its real path.
  const root = await realpath(await ensureRoot(version, cachePlaces(version.version)))
  /** @type {import('./state.mjs').Kept | undefined} */
  const kept = await readRecord(places.kept)
  const reused =
    kept?.how === 'debian' && kept.root === root && isWholeCluster(root, kept.cluster) ? kept : undefined
  // A new name each time: what is left of a killed server cannot touch the new cluster.
  const cluster = reused?.cluster ?? `/srv/holdfast/${randomBytes(6).toString('hex')}`
  const password = reused?.password ?? newPassword()
  if (reused === undefined) {
    if (kept?.how === 'debian') await removeCluster(kept.root, kept.cluster)
    // On record first, so that a cluster whose making is cut off is removed by the next command.
    await writeRecord(places.kept, { how: 'debian', password, root, cluster })
    await phase('made an empty cluster', () => makeCluster(root, cluster, password))
  } else {
    await releaseCluster(root, cluster)
  }
  const launchServer = await chooseLauncher(root)
  return phase('started the server', async () => {
    for (let attempt = 1; ; attempt += 1) {
      const port = wantedPort ?? (await freePort())
      const { server, release } = launchServer(root, places.log, [
        ...[`${BINARIES}/postgres`, '-D', cluster, ...settingArguments(settings)],
        ...['-c', 'listen_addresses=127.0.0.1', '-c', `port=${port}`, '-c', 'unix_socket_directories='],
      ])
      /** @type {import('./state.mjs').State} */
      const state = {
        ...{ how: 'debian', url: connectionUrl({ port, password }), ready: false, pid: server.pid, server },
        ...{ root, container: null, settings, postgres: null, pgvector: null, note: null },
        ...{ version: version.version, pooler: null },
      }
      await writeRecord(places.state, state)
      release()
      const readLog = async () =>
        (await readFile(places.log, 'utf8')).trim().split('\n').slice(-12).join('\n')
      try {
        const sql = sqlInRoot(root, { port, password })
        const versions = await prepareDatabase({ sql, isRunning: () => isRunning(server), readLog })
        return { ...state, ...versions, ready: true }
      } catch (error) {
        await stopServer(server)
        // Another process may have taken the port in between.
        const portTaken = (await readLog()).includes('Address already in use')
        if (!portTaken || attempt === START_ATTEMPTS) throw error
      }
    }
  })
}

/**
 * Parallel queries and index builds need shared memory between processes. With mounts of its own the server
 * gets a real one; where the kernel refuses that (some containers), files in the cluster serve instead.
 *
 * @param {string} root
 */
async function chooseLauncher(root) {
  const probe = await run('unshare', [...IN_OWN_MOUNTS, MOUNT_SHARED_MEMORY, root])
  const ownMounts = probe.code === 0
  return (
    /** @type {string} */ folder,
    /** @type {string} */ log,
    /** @type {readonly string[]} */ command,
  ) => {
    const changeRoot = ['chroot', ...asServer, folder, ...command]
    return launch(log, [
      ...(ownMounts
        ? ['unshare', ...IN_OWN_MOUNTS, `${MOUNT_SHARED_MEMORY} && exec "$@"`, folder, ...changeRoot]
        : [...changeRoot, '-c', 'dynamic_shared_memory_type=mmap']),
    ])
  }
}
