import { copyFile, mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { OwnerFile } from '../src/lock/owner-file.js'
import { ownIdentity } from '../src/lock/process-identity.js'
import { environmentOn, FaultyFileSystem } from './support/faulty-file-system.js'
import { temporaryDirectory } from './support/temporary-directory.js'

async function taken() {
  const dataDir = await temporaryDirectory()
  const files = new FaultyFileSystem()
  const owner = await OwnerFile.take(files, dataDir, { ...(await ownIdentity()), hasKernelLock: false })
  if (!(owner instanceof OwnerFile)) throw new Error(`taken: ${owner.kind}`)
  const path = join(dataDir, '.holdfast/owner.json')
  const text = await readFile(path, 'utf8')
  const { nonce } = JSON.parse(text)
  /** A record of somebody else that is as long as ours. */
  const foreign = text.replace(nonce, nonce.replaceAll(/./g, 'x'))
  expect(foreign).toHaveLength(text.length)
  expect(foreign).not.toBe(text)
  return { files, owner, path, text, foreign }
}

it('is asked for with one look at the file as long as nothing has happened to it', async () => {
  const { files, owner } = await taken()
  const before = files.calls.length
  expect(await owner.isOurs()).toBe(true)
  expect(await owner.isOurs()).toBe(true)
  expect(files.calls.slice(before)).toEqual(['stat owner.json', 'stat owner.json'])
})

it('is not ours once somebody has written into it, however much it looks like ours', async () => {
  const { owner, path, foreign } = await taken()
  const mtime = async () => (await stat(path, { bigint: true })).mtimeNs
  const before = await mtime()
  // The clock of a file system may tick only every few milliseconds.
  do await writeFile(path, foreign)
  while ((await mtime()) === before)
  expect(await owner.isOurs()).toBe(false)
})

it('is not ours once another file has the name, even with our size and times', async () => {
  const { owner, path, foreign } = await taken()
  const { atime, mtime } = await stat(path)
  await writeFile(`${path}.other`, foreign)
  await utimes(`${path}.other`, atime, mtime)
  await rename(`${path}.other`, path)
  expect(await owner.isOurs()).toBe(false)
  await owner.remove()
  expect(await readFile(path, 'utf8')).toBe(foreign)
})

it('is ours under a new inode: a copy of the directory that was put in its place', async () => {
  const { files, owner, path } = await taken()
  await copyFile(path, `${path}.copy`)
  await rename(`${path}.copy`, path)
  const before = files.calls.length
  expect(await owner.isOurs()).toBe(true)
  // The control: this was not found out by looking at the file's times.
  expect(files.calls.slice(before)).toContain('read owner.json')
})

it('is not ours when it is gone', async () => {
  const { owner, path } = await taken()
  await rename(path, `${path}.gone`)
  expect(await owner.isOurs()).toBe(false)
  await rename(`${path}.gone`, path)
  expect(await owner.isOurs()).toBe(true)
})

it('is taken where two power cuts left it empty, and the claim on it too', async () => {
  const dataDir = await temporaryDirectory()
  const holdfast = join(dataDir, '.holdfast')
  await mkdir(holdfast)
  for (const name of ['owner.json', 'owner.json.damaged.claim', 'owner.json.damaged.claim.damaged.claim']) {
    await writeFile(join(holdfast, name), '')
  }
  const own = { ...(await ownIdentity()), hasKernelLock: true }
  // The control: who has no kernel lock cannot know whose the empty file is.
  const other = await OwnerFile.take(new FaultyFileSystem(), dataDir, { ...own, hasKernelLock: false })
  expect(other).toEqual({ kind: 'damaged', path: `${dataDir}/.holdfast/owner.json` })
  const owner = await OwnerFile.take(new FaultyFileSystem(), dataDir, own)
  expect(owner instanceof OwnerFile && (await owner.isOurs())).toBe(true)
  // What is left goes with the next opening of the store.
  await (await FileBackend.openIn(environmentOn(new FaultyFileSystem()), { dataDir })).close()
  expect(await readdir(dataDir)).toEqual([])
})
