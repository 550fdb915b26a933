import { expect, it } from 'vitest'
import type { FileSystem, OpenFile } from '../../src/disk/file-system.js'
import { systemError } from '../simulated-disk/disk-faults.js'
import { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { between } from './between.js'
import { damaged, readDamaged } from './damaged-store.js'
import { filesOf } from './disk-image.js'
import { pythonDirectory } from './scripted-histories.js'
import { dataDir, openSimulated } from './simulated-store.js'
import { storeText } from './store-text.js'
import { storeOnDisk } from './stores-on-disk.js'
import { ann, insert, node, remove, removeScope } from './tiny-writes.js'

/** A disk on which one kind of call on open files fails where it is told to. */
function failing(disk: FileSystem, call: 'sync' | 'close', fails: (path: string) => boolean): FileSystem {
  return between(disk, (file: OpenFile, path) => ({
    [call]: async () => {
      if (call === 'close') await file.close()
      if (fails(path)) throw systemError('EIO', call, path)
      if (call === 'sync') await file.sync()
    },
  }))
}

async function preparedStore(files: (disk: SimulatedDisk) => FileSystem) {
  const disk = new SimulatedDisk()
  await disk.mkdir(dataDir)
  await pythonDirectory(disk)
  return { disk, backend: await openSimulated(files(disk), { bootId: 'first' }) }
}

it('acknowledges nothing after a failed sync, not even a write that finds nothing to do', async () => {
  let isBroken = false
  const { backend } = await preparedStore((disk) =>
    failing(disk, 'sync', (path) => isBroken && path.includes('/journal/')),
  )
  const gone = [remove(ann, 'nobody'), removeScope({ userId: 'nobody' }), insert([node('a', ann)], 'ignore')]
  // The control: none of them writes anything.
  for (const write of gone) await write(backend)
  await insert([node('before', ann)])(backend)
  isBroken = true
  await expect(insert([node('x', ann)])(backend)).rejects.toMatchObject({ code: 'CONNECTION' })
  isBroken = false
  // Whether x is there nobody knows, so that there is nothing to delete may not be true.
  for (const write of [remove(ann, 'x'), ...gone]) {
    await expect(write(backend)).rejects.toMatchObject({ code: 'CONNECTION' })
  }
  await expect(backend.close()).rejects.toMatchObject({ code: 'CONNECTION' })
})

it('publishes although no file of what is published can be closed', async () => {
  const closed = new Set<string>()
  const { disk, backend } = await preparedStore((files) =>
    failing(files, 'close', (path) => {
      const isPublished = /^\/store\/(corpus|vectors|indexes|\.holdfast\/(stage|store))/.test(path)
      if (isPublished && !path.endsWith('-commit.json')) closed.add(path)
      return isPublished && !path.endsWith('-commit.json')
    }),
  )
  await insert([node('x', ann, { embedding: [1, 2], clusterId: 3 })])(backend)
  await backend.admin.compact()
  const text = await storeText(backend)
  await backend.close()
  expect(closed.size).toBeGreaterThan(5)
  expect(disk.openFiles).toEqual([])
  const reopened = await openSimulated(disk, { bootId: 'first' })
  expect(await storeText(reopened)).toBe(text)
  await reopened.close()
})

it('leaves no file open when a journal is shorter than what was acknowledged of it', async () => {
  const journaled = [insert([node('x', ann)]), insert([node('y', ann)])]
  const store = await storeOnDisk(pythonDirectory, { published: [], journaled })
  const [path, content] =
    [...filesOf(store.root)].flatMap(([name, { current }]) =>
      name.endsWith('.log') ? [[name, current.all()] as const] : [],
    )[0] ?? []
  if (path === undefined || content === undefined) throw new Error('there is no journal')
  const root = damaged(store.root, [{ path, content: content.subarray(0, 70), isDated: false }])
  // It looks for open files itself.
  expect(await readDamaged(store, root)).toBe('CORRUPT')
})
