import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { rawNode, writeSmallStore } from './support/small-store.js'
import { temporaryDirectory } from './support/temporary-directory.js'

/** What a writer left that ended in the middle of it, and what another program then wrote. */
async function foreignStore(columns: number): Promise<string> {
  const dataDir = await temporaryDirectory()
  const left = join(await temporaryDirectory(), 'left')
  await using writer = await FileBackend.open({ dataDir })
  const content = { tenantId: 'a', humanContent: '', assistantContent: '' }
  await writer.insertNodes([{ id: 'journal', ...content, embedding: new Float32Array([1, 2, 3, 4]) }])
  await cp(dataDir, left, { recursive: true })
  const vectors = [1, 2, 3, 4].map((row) => Array.from({ length: columns }, (_, column) => row + column))
  const nodes = vectors.map((_, row) => rawNode(`foreign${row}`, { tenant_id: 'a' }))
  await writeSmallStore(left, { nodes, vectors })
  return left
}

it('vectors of another length than those in the journal are not adopted', async () => {
  const dataDir = await foreignStore(3)
  const matrix = join(dataDir, 'vectors/nodes.npy')
  const before = await readFile(matrix)
  const opening = FileBackend.open({ dataDir, foreignBase: 'adopt' })
  await expect(opening).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' })
  expect(await readFile(matrix)).toEqual(before)
})

it('vectors of the same length are: the control', async () => {
  await using backend = await FileBackend.open({ dataDir: await foreignStore(4), foreignBase: 'adopt' })
  const { nodeIds } = await backend.getEmbeddings({ tenantId: 'a' })
  expect([...nodeIds].sort()).toEqual(['foreign0', 'foreign1', 'foreign2', 'foreign3', 'journal'])
})
