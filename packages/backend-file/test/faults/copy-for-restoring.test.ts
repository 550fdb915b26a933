import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeFileSystem } from '../../src/disk/node-file-system.js'
import { FileBackend } from '../../src/index.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { rawEpisode, rawNode, writeSmallStore } from '../support/small-store.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const scope = { tenantId: 'a' }
const node = (id: string, length = 1) => {
  return { id, ...scope, humanContent: 'x'.repeat(length), assistantContent: 'a' }
}
const paths = ['corpus/nodes.json', 'corpus/episodes.json', 'indexes/clusters.json']

/** Another program changes each file in turn; each can be put back. */
async function expectRestorable(dataDir: string) {
  let open = await FileBackend.open({ dataDir, readOnly: true })
  const before = await open.admin.fingerprint()
  await open.close()
  for (const path of paths) {
    await appendFile(join(dataDir, path), '\n')
    await expect(FileBackend.open({ dataDir })).rejects.toMatchObject({ code: 'FOREIGN_BASE' })
    open = await FileBackend.open({ dataDir, foreignBase: 'restore' })
    expect(await open.admin.fingerprint(), path).toEqual(before)
    await open.close()
  }
}

describe('what another program changes can be restored', () => {
  it('where close has published only some of the files', async () => {
    const dataDir = await temporaryDirectory()
    const nodes = [rawNode('n', { tenant_id: 'a' })]
    await writeSmallStore(dataDir, { nodes, episodes: [rawEpisode('e', ['n'])], clusters: {} })
    const store = await FileBackend.open({ dataDir })
    await store.insertNode(node('m'))
    await store.close()
    await expectRestorable(dataDir)
  })

  it.each(['close', 'compact'] as const)('where %s found everything published already', async (how) => {
    const dataDir = await temporaryDirectory()
    const files = new FaultyFileSystem()
    const store = await FileBackend.openIn(environmentOn(files, { smallJournal: 2_000 }), { dataDir })
    await store.insertEpisodes([{ id: 'e', ...scope, messages: [], memoryNodeIds: [] }])
    await store.insertNode(node('n', 3_000))
    // The last that a publication does to the files themselves.
    await expect.poll(() => files.calls.some((call) => /rmdir copy|readdir copy/.test(call))).toBe(true)
    if (how === 'close') await store.close()
    else {
      await store.admin.compact()
      // As if the process had ended.
      await files.abandon()
    }
    await expectRestorable(dataDir)
  })

  it('but no copy is kept of a directory that nobody has written to', async () => {
    const dataDir = await temporaryDirectory()
    await writeSmallStore(dataDir, { nodes: [rawNode('n', { tenant_id: 'a' })] })
    await (await FileBackend.open({ dataDir })).close()
    await expect(nodeFileSystem.readdir(join(dataDir, '.holdfast/copy'))).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })
})
