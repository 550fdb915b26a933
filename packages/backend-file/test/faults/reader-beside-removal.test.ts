import { expect, it } from 'vitest'
import type { FileSystem } from '../../src/disk/file-system.js'
import { nodeFileSystem } from '../../src/disk/node-file-system.js'
import { FileBackend } from '../../src/index.js'
import { environmentOn } from '../support/faulty-file-system.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** A gate that opens once. */
function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

it('opens although the journal it has just found is removed by a compaction that is over', async () => {
  const dataDir = await temporaryDirectory()
  const scope = { userId: 'ann' }
  const [published, listed, removed] = [gate(), gate(), gate()]
  const slowToRemove: FileSystem = {
    ...nodeFileSystem,
    unlink: async (path) => {
      const isJournal = path.endsWith('.log')
      if (isJournal) {
        published.open()
        await listed.opened
      }
      await nodeFileSystem.unlink(path)
      if (isJournal) removed.open()
    },
  }
  let lists = 0
  const slowToOpen: FileSystem = {
    ...nodeFileSystem,
    readdir: async (path) => {
      const names = await nodeFileSystem.readdir(path)
      // The second look at the journals is the one that opens them.
      if (path.endsWith('journal') && ++lists === 2) {
        expect(names.filter((name) => name.endsWith('.log'))).toHaveLength(2)
        listed.open()
        await removed.opened
      }
      return names
    },
  }
  await using writer = await FileBackend.openIn(environmentOn(slowToRemove), { dataDir })
  await writer.insertNode({ ...scope, id: 'a', humanContent: 'q', assistantContent: 'a' })
  const compaction = writer.admin.compact()
  await published.opened
  await using reader = await FileBackend.openIn(environmentOn(slowToOpen), { dataDir, readOnly: true })
  await compaction
  expect(lists).toBeGreaterThan(2)
  expect((await reader.getNodes(scope)).map(({ id }) => id)).toEqual(['a'])
})
