import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

it('a store that nobody ever closes can be opened again and again', async () => {
  const dataDir = await temporaryDirectory()
  const scope = { tenantId: 'a' }
  let worst = 0
  for (let n = 0; n < 100; n++) {
    const files = new FaultyFileSystem()
    const store = await FileBackend.openIn(environmentOn(files), { dataDir })
    expect(await store.countNodes(scope)).toBe(n)
    await store.insertNode({ id: `n${n}`, ...scope, humanContent: 'q', assistantContent: 'a' })
    worst = Math.max(worst, files.openFiles.length)
    // As if the process had ended.
    await files.abandon()
  }
  expect(worst).toBeGreaterThan(20)
  expect(worst).toBeLessThan(50)
  const journals = (await readdir(join(dataDir, '.holdfast/journal'))).filter((name) => name.endsWith('.log'))
  expect(journals.length).toBeLessThan(40)
})

it('an opening that is refused leaves no journal', async () => {
  const dataDir = await temporaryDirectory()
  const files = new FaultyFileSystem()
  const store = await FileBackend.openIn(environmentOn(files), { dataDir, dimensions: 2 })
  await store.insertNode({ id: 'n', tenantId: 'a', humanContent: 'q', assistantContent: 'a' })
  await files.abandon()
  const journals = () => readdir(join(dataDir, '.holdfast/journal'))
  // The first one writes again what no sync is known to have covered.
  for (const count of [1, 2, 2, 2]) {
    expect((await journals()).filter((name) => name.endsWith('.log'))).toHaveLength(count)
    await expect(
      FileBackend.openIn(environmentOn(new FaultyFileSystem()), { dataDir, dimensions: 3 }),
    ).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' })
  }
  await using again = await FileBackend.open({ dataDir })
  expect(await again.countNodes({ tenantId: 'a' })).toBe(1)
})
