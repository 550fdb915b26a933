import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { nodeFileSystem } from '../src/disk/node-file-system.js'
import { FileBackend } from '../src/index.js'
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
