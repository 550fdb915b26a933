import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

it('changes that take few bytes do not gather in memory', async () => {
  const dataDir = await temporaryDirectory()
  const scope = { tenantId: 'a' }
  const files = new FaultyFileSystem()
  const environment = environmentOn(files, { smallJournal: 2 ** 40 })
  await using store = await FileBackend.openIn(environment, { dataDir })
  const ids = Array.from({ length: 1_000 }, (_, n) => `n${n}`)
  await store.insertNodes(ids.map((id) => ({ id, ...scope, humanContent: 'q', assistantContent: 'a' })))
  for (let round = 0; round < 150; round++) await store.recordAccess(scope, ids)
  const journals = async () =>
    (await readdir(join(dataDir, '.holdfast/journal'))).filter((name) => name.endsWith('.log'))
  const [first] = await journals()
  for (let round = 150; round < 250; round++) await store.recordAccess(scope, ids)
  await expect.poll(journals).not.toContain(first)
  expect((await store.getNodes(scope, { limit: 2 })).map(({ accessCount }) => accessCount)).toEqual([
    250, 250,
  ])
}, 60_000)
