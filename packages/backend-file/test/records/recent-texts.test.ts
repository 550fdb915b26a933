import { expect, it } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

it('a text that was read wrong is read again by the next search', async () => {
  const files = new FaultyFileSystem()
  const { open } = files
  let wrong = 0
  let reads = 0
  files.open = async (path, ...rest) => {
    const file = await open(path, ...rest)
    return {
      ...file,
      read: async (into, position) => {
        reads += 1
        const count = await file.read(into, position)
        const at = Buffer.from(into).indexOf('question')
        if (at >= 0 && wrong > 0 && wrong-- > 0) into[at] = (into[at] ?? 0) ^ 1
        return count
      },
    }
  }
  await using backend = await FileBackend.openIn(environmentOn(files), {
    dataDir: await temporaryDirectory(),
  })
  const embedding = new Float32Array([1, 2])
  const content = { humanContent: 'question', assistantContent: 'answer' }
  await backend.insertNodes([{ id: 'one', tenantId: 'a', ...content, embedding }])
  const search = () => backend.vectorSearch([1, 2], { tenantId: 'a' })
  wrong = 1
  await expect(search()).rejects.toMatchObject({ code: 'CORRUPT' })
  expect((await search()).map(({ node }) => node.humanContent)).toEqual(['question'])
  // The control: what was read right is kept.
  reads = 0
  expect((await search()).map(({ node }) => node.id)).toEqual(['one'])
  expect(reads).toBe(0)
})
