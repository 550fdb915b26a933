import { readdir, realpath, rm } from 'node:fs/promises'
import { removeCluster, stopServer } from './debian-cluster.mjs'
import { Failure } from './failure.mjs'
import { withLock } from './lock.mjs'
import { cachePlaces, instancePlaces, instancesFolder, lockFolder, MAIN_INSTANCE } from './places.mjs'
import { stopPooler } from './pooler.mjs'
import { isRunning } from './process-identity.mjs'
import { processesIn } from './processes-in.mjs'
import { serverVersions } from './server-versions.mjs'
import { readRecord, removeRecord } from './state.mjs'
import { removeContainer, stopContainer } from './way-docker.mjs'

/** @typedef {ReturnType<typeof instancePlaces>} InstancePlaces */

/**
 * Stops the server that this instance started, and nothing else. A server given by DATABASE_URL is only
 * forgotten. The cluster stays for `--keep` unless `removeData` or `purge` is set.
 *
 * @param {object} [options]
 * @param {string} [options.instance]
 * @param {boolean} [options.removeData] remove the cluster
 * @param {boolean} [options.purge] remove the cluster and the unpacked server
 * @returns {Promise<boolean>} whether there was a record of a server
 * @throws {Failure} on a purge while servers of other checkouts or runs use the same cache
 */
export function takeDown({ instance = MAIN_INSTANCE, removeData = false, purge = false } = {}) {
  return withLock(lockFolder, async () => {
    await stopAbandonedRuns()
    const found = await stopInstance(instance, removeData || purge)
    if (purge) await purgeCache()
    return found
  })
}

async function purgeCache() {
  for (const { version } of serverVersions) await purgeVersion(cachePlaces(version))
}

/** @param {ReturnType<typeof cachePlaces>} cache */
async function purgeVersion(cache) {
  await withLock(cache.lock, async () => {
    const root = await realpath(cache.root).catch(() => undefined)
    const pids = root === undefined ? [] : await processesIn(root)
    if (pids.length > 0) {
      const who = `process ${pids.join(', ')}`
      throw new Failure(`servers still run from ${cache.folder} (${who}); the cache was not removed`)
    }
    await rm(cache.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })
}

/**
 * Stops the servers of `run-with` processes that were killed before they could do it themselves.
 *
 * The caller holds the lock.
 */
export async function stopAbandonedRuns() {
  const names = await readdir(instancesFolder).catch(() => /** @type {string[]} */ ([]))
  for (const name of names) {
    /** @type {import('./process-identity.mjs').ProcessIdentity | undefined} */
    const owner = await readRecord(instancePlaces(name).owner)
    if (owner === undefined || !isRunning(owner)) await stopInstance(name, true)
  }
}

/**
 * The caller holds the lock.
 *
 * @param {string} instance
 * @param {boolean} removeData
 * @returns {Promise<boolean>} whether there was a record of a server
 */
export async function stopInstance(instance, removeData) {
  const places = instancePlaces(instance)
  /** @type {import('./state.mjs').State | undefined} */
  const state = await readRecord(places.state)
  if (state !== undefined) {
    await stopRecorded(state)
    await removeRecord(places.state)
  }
  /** @type {import('./state.mjs').Kept | undefined} */
  const kept = await readRecord(places.kept)
  // A start that was cut off between starting the container and recording its port.
  if (kept?.how === 'docker') await stopContainer(kept.container)
  if (removeData) {
    await removeKept(places)
    await removeRecord(places.log)
    await removeRecord(`${places.log}.pooler`)
    if (instance !== MAIN_INSTANCE) await rm(places.folder, { recursive: true, force: true })
  }
  return state !== undefined
}

/**
 * @param {import('./state.mjs').State} state
 */
export async function stopRecorded({ server, container, pooler }) {
  if (pooler) {
    await stopPooler(pooler)
    await rm(pooler.folder, { recursive: true, force: true })
  }
  if (server !== null) await stopServer(server)
  if (container !== null) await stopContainer(container)
}

/**
 * Removes the instance's stopped cluster or container, unless it is of the kind to spare.
 *
 * @param {InstancePlaces} places
 * @param {import('./state.mjs').Kept['how']} [spared]
 */
export async function removeKept(places, spared) {
  /** @type {import('./state.mjs').Kept | undefined} */
  const kept = await readRecord(places.kept)
  if (kept === undefined || kept.how === spared) return
  if (kept.how === 'docker') await removeContainer(kept.container)
  else await removeCluster(kept.root, kept.cluster)
  await removeRecord(places.kept)
}
