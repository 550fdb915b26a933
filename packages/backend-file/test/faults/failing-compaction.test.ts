import { expect, it } from 'vitest'
import { nodeFileSystem } from '../../src/disk/node-file-system.js'
import { FileBackend } from '../../src/index.js'
import { between } from '../crash/between.js'
import { systemError } from '../simulated-disk/disk-faults.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

it('does not try a compaction that fails with every write', async () => {
  const dataDir = await temporaryDirectory()
  let isFull = false
  let attempts = 0
  const disk = between(nodeFileSystem, () => ({}), {
    open: async (path, mode, permissions) => {
      if (isFull && mode === 'create' && path.endsWith('-nodes.json')) {
        attempts += 1
        throw systemError('ENOSPC', 'open', path)
      }
      return nodeFileSystem.open(path, mode, permissions)
    },
  })
  const files = new FaultyFileSystem(() => 'run', 'EIO', disk)
  await using store = await FileBackend.openIn(environmentOn(files, { smallJournal: 4096 }), { dataDir })
  const write = (id: string) =>
    store.insertNode({ id, tenantId: 'a', humanContent: 'x'.repeat(100), assistantContent: 'a' })
  await write('first')
  await store.admin.compact()
  isFull = true
  for (let n = 0; n < 200; n++) await write(`n${n}`)
  // The journal doubles between two attempts: 4 KiB to about 80.
  expect(attempts).toBeGreaterThan(1)
  expect(attempts).toBeLessThan(8)
  const { length } = files.openFiles
  for (let n = 0; n < 5; n++) await expect(store.admin.compact()).rejects.toMatchObject({ code: 'NO_SPACE' })
  expect(files.openFiles.length).toBeLessThan(length + 4)
  isFull = false
  await store.admin.compact()
  expect(await store.countNodes({ tenantId: 'a' })).toBe(201)
  expect(files.openFiles.length).toBeLessThan(10)
})
