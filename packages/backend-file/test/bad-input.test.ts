import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MemoryError } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { badHeaders } from './support/bad-headers.js'
import { badStores, nodes, paths, store, vectors } from './support/bad-stores.js'
import { directoryImage } from './support/directory-image.js'
import { environmentOn, FaultyFileSystem } from './support/faulty-file-system.js'
import { rawNode, writeSmallStore } from './support/small-store.js'
import { temporaryDirectory } from './support/temporary-directory.js'

const scope = { userId: 'ann' }

describe('a damaged store', () => {
  it('is a good one before it is damaged', async () => {
    const root = await temporaryDirectory()
    await writeSmallStore(root, store)
    const before = await directoryImage(root)
    const backend = await FileBackend.open({ dataDir: root })
    expect(await backend.countNodes(scope)).toBe(3)
    expect(await backend.countEpisodes(scope)).toBe(1)
    await backend.close()
    expect(await directoryImage(root)).toEqual(before)
  })

  describe.each([{ readOnly: false }, { readOnly: true }])('opened with %o', ({ readOnly }) => {
    it.each(badStores)('$name', async ({ spoil, message, options, code = 'CORRUPT' }) => {
      const root = await temporaryDirectory()
      await writeSmallStore(root, store)
      await spoil(root)
      const before = await directoryImage(root)
      const files = new FaultyFileSystem()
      const opening = FileBackend.openIn(environmentOn(files), { dataDir: root, readOnly, ...options })
      await expect(opening).rejects.toSatisfy((error: unknown) => error instanceof MemoryError)
      await expect(opening).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
      expect(await directoryImage(root)).toEqual(before)
      expect(files.openFiles).toEqual([])
    })

    it.each(badHeaders)('vectors that begin with a header that is refused: %s', async (_, bytes) => {
      const root = await temporaryDirectory()
      await writeSmallStore(root, store)
      // Long enough for any vectors: it is the header that is refused.
      await writeFile(join(root, paths.vectors), Buffer.concat([bytes, Buffer.alloc(bytes.length && 1024)]))
      const before = await directoryImage(root)
      const opening = FileBackend.open({ dataDir: root, readOnly })
      await expect(opening).rejects.toMatchObject({
        code: 'CORRUPT',
        message: expect.stringContaining(paths.vectors),
      })
      expect(await directoryImage(root)).toEqual(before)
    })
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'tells about a %d in a vector when that row is read, and in no other scope',
    async (value) => {
      const root = await temporaryDirectory()
      const others = [rawNode('d', { user_id: 'bob' })]
      await writeSmallStore(root, { nodes: [...nodes, ...others], vectors: [...vectors, [1, value, 1]] })
      const before = await directoryImage(root)
      await using backend = await FileBackend.open({ dataDir: root })
      const expected = {
        code: 'CORRUPT',
        message: `vectors/nodes.npy: the vector holds ${value} at byte ${128 + 40}`,
      }
      await expect(backend.vectorSearch([1, 0, 0], { userId: 'bob' })).rejects.toMatchObject(expected)
      await expect(backend.getEmbeddings({ userId: 'bob' })).rejects.toMatchObject(expected)
      expect(await backend.vectorSearch([1, 0, 0], scope)).toHaveLength(3)
      expect(await backend.getNodes({ userId: 'bob' })).toHaveLength(1)
      await backend.close()
      expect(await directoryImage(root)).toEqual(before)
    },
  )

  it('tells about an element that is no node when it is read', async () => {
    const root = await temporaryDirectory()
    await writeSmallStore(root, {
      nodes: [nodes[0] ?? {}, rawNode('b', { user_id: 'ann', human_content: 7 })],
    })
    const before = await directoryImage(root)
    await using backend = await FileBackend.open({ dataDir: root })
    const offset = (await readFile(join(root, paths.nodes), 'utf8')).lastIndexOf('  {') + 2
    expect(await backend.getNode(scope, 'a')).toBeDefined()
    await expect(backend.getNode(scope, 'b')).rejects.toMatchObject({
      code: 'CORRUPT',
      message: expect.stringMatching(
        new RegExp(`^corpus/nodes\\.json: the record at byte ${offset}: .*humanContent`),
      ),
    })
    await backend.close()
    expect(await directoryImage(root)).toEqual(before)
  })
})
