import { expect, it } from 'vitest'
import type { FileSystem } from '../../src/disk/file-system.js'
import { between } from '../crash/between.js'
import { openSimulated } from '../crash/simulated-store.js'
import { crashDisk } from '../simulated-disk/crash-disk.js'
import { systemError } from '../simulated-disk/disk-faults.js'
import { SimulatedDisk } from '../simulated-disk/simulated-disk.js'

const scope = { tenantId: 'a' }
const node = (id: string) => ({ id, ...scope, humanContent: 'q', assistantContent: 'a' })

/** A store with one acknowledged write, and a disk whose calls fail while `isBad`. */
async function storeOnBadDisk(fail: (disk: FileSystem, isBad: () => boolean) => Partial<FileSystem>) {
  const disk = new SimulatedDisk()
  let isBad = false
  const files = between(
    disk,
    () => ({}),
    fail(disk, () => isBad),
  )
  const store = await openSimulated(files, { bootId: 'first' })
  await store.insertNode(node('n1'))
  return {
    disk,
    store,
    whileBad: async <T>(run: () => Promise<T>) => {
      isBad = true
      await run().finally(() => {
        isBad = false
      })
    },
  }
}

it('loses no write to a journal whose name could not be made durable', async () => {
  const { disk, store, whileBad } = await storeOnBadDisk((inner, isBad) => ({
    syncDirectory: async (path) => {
      if (isBad() && path.endsWith('/journal')) throw systemError('EMFILE', 'open', path)
      return inner.syncDirectory(path)
    },
  }))
  await whileBad(() => expect(store.admin.compact()).rejects.toMatchObject({ code: 'CONNECTION' }))
  const orders = [...Array(disk.calls.length * 2).keys()]
  await store.insertNode(node('n2'))
  const found = new Set<string>()
  for (const order of orders) {
    const names = { kind: 'upTo', order } as const
    const root = crashDisk(disk.tree.root, { kind: 'power', content: { kind: 'keep' }, names })
    const again = await openSimulated(new SimulatedDisk({ root }), { bootId: 'second' })
    const ids = (await again.getNodes(scope)).map(({ id }) => id)
    found.add(ids.join())
    await again.close()
  }
  expect([...found]).toEqual(['n1,n2'])
  await store.admin.compact()
  await store.close()
})

it('begins a journal again after it could not clean up', async () => {
  const { store, whileBad } = await storeOnBadDisk((inner, isBad) => ({
    rename: async (from, to) => {
      if (isBad()) throw systemError('EIO', 'rename', to)
      return inner.rename(from, to)
    },
    unlink: async (path) => {
      if (isBad()) throw systemError('EIO', 'unlink', path)
      return inner.unlink(path)
    },
  }))
  await whileBad(() => expect(store.admin.compact()).rejects.toMatchObject({ code: 'CONNECTION' }))
  await store.admin.compact()
  await store.insertNode(node('n2'))
  await store.admin.compact()
  expect(await store.countNodes(scope)).toBe(2)
  await store.close()
})
