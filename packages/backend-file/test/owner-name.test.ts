import { mkdir, readdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileSystem } from '../src/disk/file-system.js'
import { nodeFileSystem } from '../src/disk/node-file-system.js'
import { OwnerFile } from '../src/lock/owner-file.js'
import { ownIdentity } from '../src/lock/process-identity.js'
import { FaultyFileSystem } from './support/faulty-file-system.js'
import { temporaryDirectory } from './support/temporary-directory.js'

const alive = { ...(await ownIdentity()), hasKernelLock: false }
const aliveWithKernelLock = { ...alive, hasKernelLock: true }
const dead = { ...alive, pid: 999_999_999 }

async function store(leftOvers: Readonly<Record<string, string>> = {}) {
  const dataDir = await temporaryDirectory()
  const holdfast = join(dataDir, '.holdfast')
  await mkdir(holdfast)
  for (const [name, text] of Object.entries(leftOvers)) await writeFile(join(holdfast, name), text)
  return { dataDir, holdfast, owner: join(holdfast, 'owner.json') }
}

const withoutLinks: FileSystem = {
  ...nodeFileSystem,
  link: () => Promise.reject(Object.assign(new Error('there are no links'), { code: 'EPERM' })),
}

/** Somebody who has begun to write the owner file, on a disk without links, and goes on when told to. */
async function startWriting(dataDir: string) {
  let begin = () => {}
  let goOn = () => {}
  const hasBegun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const files: FileSystem = {
    ...withoutLinks,
    open: async (path, mode, permissions) => {
      const file = await withoutLinks.open(path, mode, permissions)
      if (mode !== 'create' || !path.endsWith('owner.json')) return file
      return {
        ...file,
        write: async (from, position) => {
          begin()
          await mayGoOn
          return file.write(from, position)
        },
      }
    },
  }
  const taking = OwnerFile.take(files, dataDir, alive)
  await hasBegun
  return async () => {
    goOn()
    return taking
  }
}

describe('a damaged file', () => {
  const damaged = { 'owner.json': '{', 'owner.json.damaged.claim': '{' }

  it('is followed by the holder of the kernel lock, whatever else is damaged', async () => {
    const { dataDir, holdfast } = await store(damaged)
    const owner = await OwnerFile.take(nodeFileSystem, dataDir, aliveWithKernelLock)
    expect(owner).toBeInstanceOf(OwnerFile)
    expect((await readdir(holdfast)).sort()).toEqual(['owner.json', 'owner.json.damaged.claim'])
  })

  it('is followed by the holder of the kernel lock where it is a claim', async () => {
    const { dataDir, holdfast } = await store({
      'owner.json': JSON.stringify({ ...dead, nonce: 'first' }),
      'owner.json.first.claim': '',
    })
    const owner = await OwnerFile.take(nodeFileSystem, dataDir, aliveWithKernelLock)
    expect(owner).toBeInstanceOf(OwnerFile)
    expect(await readdir(holdfast)).toEqual(['owner.json'])
  })

  it.each([
    ['nothing', ''],
    ['half a record', JSON.stringify({ ...dead, nonce: 'first' }).slice(0, 40)],
    ['a nonce that is no part of a name', JSON.stringify({ ...dead, nonce: 'x/y' })],
    ['a nonce that is too long for a name', JSON.stringify({ ...dead, nonce: 'x'.repeat(300) })],
    ['a pid that stands for many processes', JSON.stringify({ ...dead, nonce: 'first', pid: -1 })],
  ])('counts for everybody else, and is named: %s', async (_what, text) => {
    const { dataDir, owner } = await store({ 'owner.json': text })
    const found = await OwnerFile.take(nodeFileSystem, dataDir, alive)
    expect(found).toEqual({ kind: 'damaged', path: owner })
    expect(await readFile(owner, 'utf8')).toBe(text)
    // The control: with the kernel lock it does not.
    expect(await OwnerFile.take(nodeFileSystem, dataDir, aliveWithKernelLock)).toBeInstanceOf(OwnerFile)
  })
})

describe('on a file system without links', () => {
  const us = { kind: 'process', pid: alive.pid, host: alive.host }

  it('a file that somebody is writing counts, even for the holder of the kernel lock', async () => {
    const { dataDir } = await store()
    const finish = await startWriting(dataDir)
    expect(await OwnerFile.take(withoutLinks, dataDir, aliveWithKernelLock)).toEqual(us)
    const owner = await finish()
    expect(owner instanceof OwnerFile && (await owner.isOurs())).toBe(true)
  })

  it('a file counts that somebody has begun while its predecessor was looked into', async () => {
    const { dataDir, owner } = await store({ 'owner.json': '' })
    let finish: (() => Promise<unknown>) | undefined
    const files: FileSystem = {
      ...withoutLinks,
      readdir: async (path) => {
        const names = await withoutLinks.readdir(path)
        if (finish === undefined) {
          await unlink(owner)
          finish = await startWriting(dataDir)
        }
        return names
      },
    }
    expect(await OwnerFile.take(files, dataDir, aliveWithKernelLock)).toEqual(us)
    expect(await finish?.()).toBeInstanceOf(OwnerFile)
  })

  it('whoever is swept away while he writes does not go on', async () => {
    const { dataDir, holdfast, owner } = await store()
    const files: FileSystem = {
      ...withoutLinks,
      link: async (existing, name) => {
        await unlink(existing)
        return withoutLinks.link(existing, name)
      },
    }
    const taken = await OwnerFile.take(files, dataDir, alive)
    expect(taken).toEqual({ kind: 'damaged', path: owner })
    expect(await readdir(holdfast)).toEqual(['owner.json'])
    expect(await readFile(owner, 'utf8')).toBe('')
  })
})

it('writes nothing when somebody is in the way', async () => {
  const { dataDir, owner } = await store({ 'owner.json': JSON.stringify({ ...alive, nonce: 'first' }) })
  const files = new FaultyFileSystem()
  const us = { kind: 'process', pid: alive.pid, host: alive.host }
  expect(await OwnerFile.take(files, dataDir, alive)).toEqual(us)
  expect(files.calls).toEqual([
    'open read owner.json',
    'fstat owner.json',
    'read owner.json',
    'close owner.json',
  ])
  // The control: with nobody in the way these calls are not all.
  await unlink(owner)
  expect(await OwnerFile.take(files, dataDir, alive)).toBeInstanceOf(OwnerFile)
  expect(files.calls.filter((call) => call.startsWith('open create'))).toHaveLength(1)
})

it('goes on when what it had prepared was swept away', async () => {
  const { dataDir, holdfast } = await store({ 'owner.json': JSON.stringify({ ...dead, nonce: 'first' }) })
  let swept = 0
  const files: FileSystem = {
    ...nodeFileSystem,
    rename: async (from, to) => {
      if (swept === 0) await unlink(from)
      swept += 1
      return nodeFileSystem.rename(from, to)
    },
  }
  const owner = await OwnerFile.take(files, dataDir, alive)
  expect(owner instanceof OwnerFile && (await owner.isOurs())).toBe(true)
  expect(swept).toBe(2)
  expect(await readdir(holdfast)).toEqual(['owner.json'])
})

it.each(['fail', 'fail late'] as const)(
  'leaves no name that blocks others when a call does %s',
  async (fate) => {
    const { dataDir, holdfast } = await store({ 'owner.json': JSON.stringify({ ...dead, nonce: 'first' }) })
    let failures = 0
    for (let call = 0; ; call++) {
      const files = new FaultyFileSystem((index) => (index === call ? fate : 'run'))
      const failed = await OwnerFile.take(files, dataDir, alive).catch(() => undefined)
      if (failed === undefined) failures += 1
      await files.abandon()
      const owner = failed ?? (await OwnerFile.take(nodeFileSystem, dataDir, alive))
      expect(owner, `after call ${call}, ${files.calls[call]}`).toBeInstanceOf(OwnerFile)
      if (call >= files.calls.length) break
      await writeFile(join(holdfast, 'owner.json'), JSON.stringify({ ...dead, nonce: `after${call}` }))
    }
    expect(failures).toBeGreaterThan(10)
  },
)
