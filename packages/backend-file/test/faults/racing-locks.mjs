// The locks that processes race for: ours, as it is built, and some that must not be trusted.
import { link, open, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'

const load = (path) => import(new URL(`../../dist/${path}.js`, import.meta.url).href)
const { DirectoryLock } = await load('lock/directory-lock')
const { flockCommand } = await load('lock/kernel-lock')
const { OpenDirectories } = await load('lock/open-directories')
const { mayBeAlive, ownIdentity } = await load('lock/process-identity')
const { nodeFileSystem: files } = await load('disk/node-file-system')

const openDirectories = new OpenDirectories()

export const kernel = (dataDir) =>
  DirectoryLock.take({ files, dataDir, openDirectories, kernelLock: flockCommand })

/** As on a machine without such a lock. */
export const ownerFile = (dataDir) =>
  DirectoryLock.take({ files, dataDir, openDirectories, kernelLock: async () => 'unavailable' })

const nothing = { assertHeld: async () => {}, release: async () => {} }

/** No lock at all. */
export const none = async () => nothing

function locked() {
  return Object.assign(new Error('taken'), { code: 'LOCKED' })
}

async function create(path) {
  const temporary = `${path}.${process.pid}`
  await writeFile(temporary, JSON.stringify(await ownIdentity()))
  try {
    await link(temporary, path)
  } catch (error) {
    throw error.code === 'EEXIST' ? locked() : error
  } finally {
    await unlink(temporary)
  }
  return { assertHeld: async () => {}, release: () => unlink(path).catch(() => {}) }
}

/** Removes a dead holder's file and then takes its place: the second of two removes the file of the first. */
export async function removing(dataDir) {
  const path = `${dataDir}/owner`
  const found = await readFile(path, 'utf8').catch(() => undefined)
  if (found !== undefined) {
    if (await mayBeAlive(JSON.parse(found), await ownIdentity())) throw locked()
    await new Promise((resolve) => setTimeout(resolve, 5))
    await unlink(path).catch(() => {})
  }
  return create(path)
}

/** Takes a holder that has not been heard of for a while for dead, as leases do. */
export async function lease(dataDir) {
  const path = `${dataDir}/owner`
  const since = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  )
  if (since === undefined) return renewed(path, await create(path))
  if (Date.now() - since < 60) throw locked()
  await rename(path, `${path}.${process.pid}.old`).catch(() => {})
  return renewed(path, await create(path))
}

function renewed(path, lock) {
  const timer = setInterval(async () => {
    const file = await open(path, 'r+').catch(() => undefined)
    await file?.utimes(new Date(), new Date())
    await file?.close()
  }, 10)
  return {
    ...lock,
    release: async () => {
      clearInterval(timer)
      await unlink(path).catch(() => {})
    },
  }
}
