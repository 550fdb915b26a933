import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeFileSystem } from '../src/disk/node-file-system.js'
import { FileBackend } from '../src/index.js'
import { directoryImage } from './support/directory-image.js'
import { environmentOn, FaultyFileSystem } from './support/faulty-file-system.js'
import { temporaryDirectory } from './support/temporary-directory.js'

/** Fails at the call where an open would go on for ever, so that the test ends. */
const patient = () => new FaultyFileSystem((index) => (index < 200 ? 'run' : 'fail'), 'ELOOP')

it.each([
  { place: 'dangling', below: 'x' },
  { place: 'dangling', below: 'x/y/z' },
])('says that nothing can be made below a link that leads nowhere: $below', async ({ place, below }) => {
  const root = await temporaryDirectory()
  await symlink(join(root, 'nonexistent/disk'), join(root, place))
  const opening = FileBackend.openIn(environmentOn(patient()), { dataDir: join(root, place, below) })
  await expect(opening).rejects.toMatchObject({
    code: 'CONNECTION',
    message: expect.stringContaining(`no directory can be made in ${join(root, place)}:`),
    cause: { code: 'ENOENT' },
  })
  expect(await nodeFileSystem.readdir(root)).toEqual([place])
})

it('says that a link that leads nowhere is no place for a store', async () => {
  const root = await temporaryDirectory()
  const dataDir = join(root, 'dangling')
  await symlink(join(root, 'nonexistent'), dataDir)
  await expect(FileBackend.openIn(environmentOn(patient()), { dataDir })).rejects.toMatchObject({
    code: 'CONNECTION',
    message: expect.stringContaining(dataDir),
  })
  expect(await nodeFileSystem.readdir(root)).toEqual(['dangling'])
})

it.runIf(process.platform === 'linux')('says that nothing can be made in /proc', async () => {
  const opening = FileBackend.openIn(environmentOn(patient()), { dataDir: '/proc/holdfast/store' })
  await expect(opening).rejects.toMatchObject({
    code: 'CONNECTION',
    message: expect.stringContaining('no directory can be made in /proc:'),
  })
})

it('leaves no directory behind when one further down cannot be made', async () => {
  const root = await temporaryDirectory()
  let made = 0
  const files = new FaultyFileSystem(
    (_index, operation) => (operation === 'mkdir' && ++made > 4 ? 'fail' : 'run'),
    'EACCES',
  )
  const opening = FileBackend.openIn(environmentOn(files), { dataDir: join(root, 'a/b/c') })
  await expect(opening).rejects.toMatchObject({
    code: 'CONNECTION',
    message: expect.stringContaining('EACCES'),
  })
  expect(made).toBe(5)
  expect(await nodeFileSystem.readdir(root)).toEqual([])
})

describe('a directory that holds something else', () => {
  const open = async (names: readonly string[], options: { create?: boolean; readOnly?: boolean } = {}) => {
    const root = await temporaryDirectory()
    for (const name of names) {
      if (name.endsWith('/')) await mkdir(join(root, name))
      else await writeFile(join(root, name), name)
    }
    const before = await directoryImage(root)
    const outcome = await FileBackend.open({ dataDir: root, ...options }).catch((error: unknown) => error)
    if (outcome instanceof FileBackend) await outcome.close()
    return { root, before, after: await directoryImage(root), outcome }
  }

  it.each([
    [['PG_VERSION', 'base/', 'global/']],
    [['left-pad/', '.bin/', '.package-lock.json']],
    [['notes.txt']],
    [['lost+found/', 'notes.txt']],
  ])('is no place for a store: %j', async (names) => {
    const { root, before, after, outcome } = await open(names)
    const message = `there is no store in ${root}; choose an empty directory`
    expect(outcome).toMatchObject({ code: 'CONNECTION', message })
    expect(before.size).toBe(names.length)
    expect(after).toEqual(before)
  })

  it.each([
    [[]],
    [['.DS_Store']],
    [['lost+found/', '.Trash-0/']],
    [['.holdfast/', 'notes.txt']],
    [['corpus/', 'notes.txt']],
  ])('counts as empty, or as a store: %j', async (names) => {
    const { outcome } = await open(names)
    expect(outcome).toBeInstanceOf(FileBackend)
  })

  it.each([{ create: false }, { readOnly: true }])('is no store with %o', async (options) => {
    const { root, outcome } = await open(['.DS_Store', 'notes.txt'], options)
    expect(outcome).toMatchObject({ code: 'CONNECTION', message: `there is no store in ${root}` })
  })
})
