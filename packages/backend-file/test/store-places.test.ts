import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { store } from './support/bad-stores.js'
import { directoryImage } from './support/directory-image.js'
import { environmentOn, FaultyFileSystem } from './support/faulty-file-system.js'
import { writeSmallStore } from './support/small-store.js'
import { temporaryDirectory } from './support/temporary-directory.js'

const scope = { userId: 'ann' }

describe('a store that is not there', () => {
  it.each([{ readOnly: true }, { create: false }])('is no store with %o', async (options) => {
    const root = await temporaryDirectory()
    for (const dataDir of [join(root, 'missing'), root]) {
      await expect(FileBackend.open({ dataDir, ...options })).rejects.toMatchObject({ code: 'CONNECTION' })
    }
    expect(await directoryImage(root)).toEqual(new Map())
  })

  it('is made otherwise, with the directories above it', async () => {
    const root = await temporaryDirectory()
    const dataDir = join(root, 'a/b')
    const backend = await FileBackend.open({ dataDir })
    expect(backend.dimensions).toBeUndefined()
    await backend.insertNode({ ...scope, humanContent: 'q', assistantContent: 'a', embedding: [1, 2] })
    expect(backend.dimensions).toBe(2)
    await backend.close()
    await using again = await FileBackend.open({ dataDir, readOnly: true })
    expect(again.dimensions).toBe(2)
    expect(await again.countNodes(scope)).toBe(1)
  })

  it('leaves nothing when it was opened and not written to', async () => {
    const root = await temporaryDirectory()
    const backend = await FileBackend.open({ dataDir: root })
    await backend.close()
    expect(await directoryImage(root)).toEqual(new Map())
  })

  it('remembers the dimensions and the model it was made for', async () => {
    const root = await temporaryDirectory()
    const embeddingModel = { provider: 'p', model: 'm', dimensions: 5 }
    await (await FileBackend.open({ dataDir: root, embeddingModel })).close()
    await using backend = await FileBackend.open({ dataDir: root })
    expect(backend.dimensions).toBe(5)
    expect(backend.embeddingModel).toEqual(embeddingModel)
    const other = { ...embeddingModel, model: 'n' }
    await expect(backend.admin.setEmbeddingModel(other)).rejects.toMatchObject({ code: 'EMBEDDING_MISMATCH' })
  })

  it('is not made with options that contradict each other', async () => {
    const root = await temporaryDirectory()
    const embeddingModel = { provider: 'p', model: 'm', dimensions: 4 }
    await expect(FileBackend.open({ dataDir: root, dimensions: 3, embeddingModel })).rejects.toMatchObject({
      code: 'DIMENSION_MISMATCH',
      message: 'the option embeddingModel asks for 4 dimensions, the option dimensions for 3',
    })
    expect(await directoryImage(root)).toEqual(new Map())
  })

  it('cannot be where a file is', async () => {
    const root = await temporaryDirectory()
    await writeFile(join(root, 'file'), '')
    await expect(FileBackend.open({ dataDir: join(root, 'file') })).rejects.toMatchObject({
      code: 'CONNECTION',
    })
  })
})

describe('a store without permission', () => {
  it('is CONNECTION with the cause, and a read-only open needs none to write', async () => {
    const root = await temporaryDirectory()
    await writeSmallStore(root, store)
    await chmod(root, 0o555)
    const before = await directoryImage(root)
    const writes = /^(open create|mkdir|rmdir|rename|link|unlink|write|sync|setMode|truncate)/
    const readers = new FaultyFileSystem(
      (_index, operation) => (writes.test(operation) ? 'fail' : 'run'),
      'EACCES',
    )
    const reader = await FileBackend.openIn(environmentOn(readers), { dataDir: root, readOnly: true })
    expect(await reader.vectorSearch([1, 0, 0], scope)).toHaveLength(3)
    await expect(
      reader.insertNode({ ...scope, humanContent: 'q', assistantContent: 'a' }),
    ).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
    await reader.close()
    expect(readers.calls.filter((call) => writes.test(call))).toEqual([])

    const writer = FileBackend.openIn(
      environmentOn(
        new FaultyFileSystem((_index, operation) => (writes.test(operation) ? 'fail' : 'run'), 'EACCES'),
      ),
      { dataDir: root },
    )
    await expect(writer).rejects.toMatchObject({
      code: 'CONNECTION',
      cause: expect.objectContaining({ code: 'EACCES' }),
    })
    expect(await directoryImage(root)).toEqual(before)
    await chmod(root, 0o755)
  })

  it('is CONNECTION when a file cannot be read', async () => {
    const root = await temporaryDirectory()
    await writeSmallStore(root, store)
    const unreadable = new FaultyFileSystem(
      (_index, operation) => (operation === 'read' ? 'fail' : 'run'),
      'EACCES',
    )
    await expect(
      FileBackend.openIn(environmentOn(unreadable), { dataDir: root, readOnly: true }),
    ).rejects.toMatchObject({ code: 'CONNECTION', message: expect.stringContaining('corpus/nodes.json') })
  })

  it('is not written to on a network file system, unless that is allowed', async () => {
    const root = await temporaryDirectory()
    const files = new FaultyFileSystem()
    const nfs = environmentOn(Object.assign(files, { fileSystemType: async () => 0x6969 }))
    await expect(FileBackend.openIn(nfs, { dataDir: root })).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: expect.stringContaining('NFS'),
    })
    await (await FileBackend.openIn(nfs, { dataDir: root, allowNetworkFileSystem: true })).close()
  })
})
