import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from './failure.mjs'
import { identify, isRunning } from './process-identity.mjs'
import { waitUntil } from './wait-until.mjs'

/** A folder without a readable owner is younger than this when its maker is between two system calls. */
const UNFINISHED_MS = 10_000

/** The first use downloads packages, so the wait is as long as a slow download. */
const WAIT_MS = 15 * 60_000

const hasCode = (/** @type {unknown} */ error, /** @type {string} */ code) =>
  error instanceof Error && 'code' in error && error.code === code

/**
 * Runs `body` while no other process holds the same lock. The lock is a folder (mkdir is atomic) with the
 * owner's identity in it; a lock whose owner is dead is broken, so a killed command blocks nobody.
 *
 * @template T
 * @param {string} folder path of the lock
 * @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function withLock(folder, body) {
  await mkdir(dirname(folder), { recursive: true })
  let told = false
  const taken = await waitUntil(
    async () => {
      if (await tryTake(folder)) return true
      const broken = await breakIfAbandoned(folder)
      if (!broken && !told) {
        told = true
        process.stderr.write('db: waiting for another database command to finish\n')
      }
      return false
    },
    { timeoutMs: WAIT_MS },
  )
  if (!taken) throw new Failure(`another process still holds ${folder}`)
  try {
    return await body()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** @param {string} folder */
async function tryTake(folder) {
  try {
    await mkdir(folder)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
  const written = join(folder, 'owner.json.new')
  await writeFile(written, JSON.stringify(identify(process.pid)))
  await rename(written, join(folder, 'owner.json'))
  return true
}

/**
 * Two processes may see the same dead owner. Only the one that makes the `.break` folder may remove the
 * lock, and it looks at the owner again first: the other may already have taken the lock anew.
 *
 * @param {string} folder
 * @returns {Promise<boolean>} whether the lock's owner was found dead
 */
async function breakIfAbandoned(folder) {
  if (!(await isAbandoned(folder))) return false
  const guard = `${folder}.break`
  try {
    await mkdir(guard)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    if (await isOld(guard)) await rm(guard, { recursive: true, force: true })
    return true
  }
  try {
    if (await isAbandoned(folder)) await rm(folder, { recursive: true, force: true })
  } finally {
    await rm(guard, { recursive: true, force: true })
  }
  return true
}

/** @param {string} folder */
async function isAbandoned(folder) {
  let text
  try {
    text = await readFile(join(folder, 'owner.json'), 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return isOld(folder)
    throw error
  }
  return !isRunning(JSON.parse(text))
}

/** @param {string} folder */
async function isOld(folder) {
  try {
    return Date.now() - (await stat(folder)).mtimeMs > UNFINISHED_MS
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}
