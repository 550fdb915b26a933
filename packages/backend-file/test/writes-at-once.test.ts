import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { directoryImage } from './support/directory-image.js'
import { environmentOn, FaultyFileSystem } from './support/faulty-file-system.js'
import { rawNode, writeSmallStore } from './support/small-store.js'
import { temporaryDirectory } from './support/temporary-directory.js'

const scope = { userId: 'ann' }
const node = (id: string) => ({ ...scope, id, humanContent: id, assistantContent: '', embedding: [1, 2, 3] })
/** Syncs of a journal; the first one belongs to its creation. */
const commits = (files: FaultyFileSystem) =>
  files.calls.filter((call) => /^sync journal-\w+\.log/.test(call)).length - 1

describe('writes at the same time', () => {
  it('share a commit as far as they touch different records, and each succeeds or fails on its own', async () => {
    const dataDir = await temporaryDirectory()
    const files = new FaultyFileSystem()
    await using backend = await FileBackend.openIn(environmentOn(files), { dataDir })
    await backend.insertNode(node('taken'))
    const before = commits(files)
    const ids = Array.from({ length: 20 }, (_, index) =>
      index === 7 ? 'taken' : index === 9 ? 'n8' : `n${index}`,
    )
    const results = await Promise.allSettled(ids.map((id) => backend.insertNode(node(id))))
    // The tenth needs to know what has become of the ninth.
    expect(commits(files) - before).toBe(2)
    const failed = results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))
    expect(failed).toEqual([7, 9])
    for (const index of failed)
      expect(results[index]).toMatchObject({
        reason: { code: 'DUPLICATE_ID', message: expect.stringContaining('onConflict') },
      })
    const stored = (await backend.getNodes(scope)).map(({ id }) => id)
    expect(stored).toEqual(['taken', ...ids.filter((_, index) => !failed.includes(index))])
  })

  it('that queue up behind a commit are in the next one', async () => {
    const dataDir = await temporaryDirectory()
    const files = new FaultyFileSystem()
    await using backend = await FileBackend.openIn(environmentOn(files), { dataDir })
    const late: Promise<void>[] = []
    const open = files.open
    let isStarted = false
    Object.assign(files, {
      open: (...args: Parameters<typeof open>) => {
        if (args[1] === 'create' && args[0].endsWith('.log.new') && !isStarted) {
          isStarted = true
          for (let index = 0; index < 20; index++) late.push(backend.insertNode(node(`late${index}`)))
        }
        return open(...args)
      },
    })
    await backend.insertNode(node('first'))
    await Promise.all(late)
    expect(late).toHaveLength(20)
    expect(commits(files)).toBe(2)
    expect(await backend.countNodes(scope)).toBe(21)
  })

  it('that are aborted while they wait are not done', async () => {
    const dataDir = await temporaryDirectory()
    await using backend = await FileBackend.open({ dataDir })
    const controller = new AbortController()
    const first = backend.insertNode(node('first'))
    const second = backend.insertNode(node('second'), { signal: controller.signal })
    const reason = new Error('changed my mind')
    controller.abort(reason)
    expect(await Promise.allSettled([first, second])).toMatchObject([{ status: 'fulfilled' }, { reason }])
    expect(await backend.countNodes(scope)).toBe(1)
  })

  it('all fail when their commit fails, and none is there', async () => {
    const dataDir = await temporaryDirectory()
    let isFull = false
    const files = new FaultyFileSystem(
      (_, operation) => (isFull && operation === 'write' ? 'fail' : 'run'),
      'ENOSPC',
    )
    await using backend = await FileBackend.openIn(environmentOn(files), { dataDir })
    await backend.insertNode(node('first'))
    const before = await directoryImage(dataDir)
    isFull = true
    const results = await Promise.allSettled(['a', 'a', 'b'].map((id) => backend.insertNode(node(id))))
    for (const result of results) expect(result).toMatchObject({ reason: { code: 'NO_SPACE' } })
    expect(await backend.countNodes(scope)).toBe(1)
    expect(await directoryImage(dataDir)).toEqual(before)
    isFull = false
    await backend.insertNode(node('a'))
    expect(await backend.countNodes(scope)).toBe(2)
  })

  it('agree on the dimensions when the store has none yet', async () => {
    const dataDir = await temporaryDirectory()
    await using backend = await FileBackend.open({ dataDir })
    const results = await Promise.allSettled([
      backend.insertNode({ ...node('a'), embedding: [1, 2] }),
      backend.insertNode({ ...node('b'), embedding: [1, 2, 3] }),
    ])
    expect(results).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'DIMENSION_MISMATCH' } }])
    expect(backend.dimensions).toBe(2)
  })
})

describe('a reader beside a writer', () => {
  it('sees all of a write or nothing of it, whenever it opens', async () => {
    const parent = await temporaryDirectory()
    const insert = (backend: FileBackend) =>
      backend.insertNodes(
        [
          { ...node('new'), clusterId: 3 },
          { ...node('b'), clusterId: 9, embedding: [9, 9, 9] },
        ],
        { onConflict: 'replace' },
      )
    const make = (dataDir: string) =>
      writeSmallStore(dataDir, {
        nodes: ['a', 'b', 'c'].map((id) => rawNode(id, { user_id: 'ann' })),
        clusters: { '3': [0, 1] },
      })
    const look = async (dataDir: string) => {
      await using reader = await FileBackend.open({ dataDir, readOnly: true })
      const { data } = await reader.getEmbeddings(scope)
      const ids = (await reader.getNodes(scope)).map(({ id, clusterId }) => `${id}:${clusterId}`)
      return JSON.stringify([ids, [...data]])
    }
    await make(parent)
    const before = await look(parent)
    const seen: string[] = []
    let isWriting = false
    const files = new FaultyFileSystem()
    // Before each call of the writer another process opens the store.
    const watched = new Proxy(files, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]) => {
          if (isWriting) seen.push(await look(parent))
          return Reflect.apply(value, target, args)
        }
      },
    })
    const backend = await FileBackend.openIn(environmentOn(watched), { dataDir: parent })
    const snapshot = await FileBackend.open({ dataDir: parent, readOnly: true })
    isWriting = true
    await insert(backend)
    await backend.admin.compact()
    isWriting = false
    await backend.close()
    const after = await look(parent)
    expect(after).not.toBe(before)
    const change = seen.indexOf(after)
    expect(change).toBeGreaterThan(10)
    expect(seen.length - change).toBeGreaterThan(5)
    expect(seen.slice(0, change)).toEqual(Array(change).fill(before))
    expect(seen.slice(change)).toEqual(Array(seen.length - change).fill(after))
    // Whoever had it open before has followed.
    expect((await snapshot.getNodes(scope)).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'new'])
    expect((await snapshot.vectorSearch([9, 9, 9], scope))[0]).toMatchObject({ score: 1, node: { id: 'b' } })
    await snapshot.close()
  })

  it('sees the store of one moment, although it is written to while it opens', async () => {
    const dataDir = await temporaryDirectory()
    await writeSmallStore(dataDir, { nodes: [rawNode('a', { user_id: 'ann' })] })
    const writer = await FileBackend.open({ dataDir })
    let calls = 0
    let writeAt = Number.NaN
    const files = new FaultyFileSystem()
    const interrupted = new Proxy(files, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]) => {
          if (calls++ === writeAt) await writer.insertNode(node(`n${writeAt}`))
          return Reflect.apply(value, target, args)
        }
      },
    })
    const open = () => FileBackend.openIn(environmentOn(interrupted), { dataDir, readOnly: true })
    await (await open()).close()
    const total = calls
    expect(total).toBeGreaterThan(10)
    let old = 0
    for (let at = 0; at < total; at++) {
      const before = await writer.admin.fingerprint()
      calls = 0
      writeAt = at
      const reader = await open()
      writeAt = Number.NaN
      const after = await writer.admin.fingerprint()
      expect(after.nodes).toBe(before.nodes + 1)
      const seen = await reader.admin.fingerprint()
      expect([before, after], `write at call ${at}`).toContainEqual(seen)
      if (seen.nodes === before.nodes) old += 1
      await reader.close()
    }
    expect(old).toBeLessThan(total)
    await writer.close()
  })

  it('is no danger to a write: a change by another program is noticed and left alone', async () => {
    const dataDir = await temporaryDirectory()
    await writeSmallStore(dataDir, { nodes: [rawNode('a', { user_id: 'ann' })] })
    const backend = await FileBackend.open({ dataDir })
    await writeSmallStore(dataDir, { nodes: ['a', 'b'].map((id) => rawNode(id, { user_id: 'ann' })) })
    const before = await readFile(join(dataDir, 'corpus/nodes.json'), 'utf8')
    await expect(backend.insertNode(node('c'))).rejects.toMatchObject({ code: 'FOREIGN_BASE' })
    await backend.close()
    expect(await readFile(join(dataDir, 'corpus/nodes.json'), 'utf8')).toBe(before)
  })
})
