import { cp, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { MemoryNodeInput } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { privatePaths } from '../../src/layout/store-paths.js'
import { nodeEnvironment } from '../../src/store/environment.js'
import { storeText } from '../crash/store-text.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import { environmentOn, type FatePlan, FaultyFileSystem } from '../support/faulty-file-system.js'
import { rawEpisode, rawNode, writeSmallStore } from '../support/small-store.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const acme = { tenantId: 'acme' }
/** However small the files are. */
const everyIndex = { ...nodeEnvironment, smallTexts: 0 }
const cacheOf = (dataDir: string) => join(dataDir, privatePaths.cache)
const indexOf = (dataDir: string) => join(cacheOf(dataDir), 'nodes.index')
const textsOf = (dataDir: string) => join(dataDir, 'corpus/nodes.json')

function node(id: string, more: Partial<MemoryNodeInput> = {}): MemoryNodeInput {
  return { id, ...acme, humanContent: `question ${id}`, assistantContent: 'answer', ...more }
}

/** A closed store with the index of its nodes. */
async function indexedStore(prefix = 'n'): Promise<string> {
  const dataDir = await temporaryDirectory()
  await using backend = await FileBackend.openIn(everyIndex, { dataDir, durability: 'off' })
  await backend.insertNodes(['1', '2', '3'].map((number) => node(prefix + number, { embedding: [1, 2] })))
  await backend.insertNodes([node(`${prefix}4`, { tenantId: 'other', userId: 'ann' })])
  return dataDir
}

/** A directory of the Python system, written an hour ago, whose episodes do not say whose they are. */
async function pythonStore(): Promise<string> {
  const dataDir = await temporaryDirectory()
  const nodes = ['a', 'b', 'c'].map((id) => rawNode(id, { tenant_id: 'acme', user_id: `user ${id}` }))
  await writeSmallStore(dataDir, {
    nodes,
    clusters: { 7: [0, 2] },
    episodes: [rawEpisode('e', ['a']), rawEpisode('f', ['a', 'b'])],
  })
  await makeOld(dataDir)
  return dataDir
}

async function makeOld(dataDir: string): Promise<void> {
  const hourAgo = Date.now() / 1000 - 3600
  for (const name of ['nodes.json', 'episodes.json']) {
    await utimes(join(dataDir, 'corpus', name), hourAgo, hourAgo)
  }
}

interface Opening {
  /** How often an open reads from the file of nodes. */
  readonly reads: number
  readonly text: string
}

async function openAndRead(dataDir: string, readOnly = true): Promise<Opening> {
  const files = new FaultyFileSystem()
  await using backend = await FileBackend.openIn(environmentOn(files, { smallTexts: 0 }), {
    dataDir,
    readOnly,
    durability: 'off',
  })
  const reads = files.calls.filter((call) => call === 'read nodes.json').length
  return { reads, text: await storeText(backend) }
}

/** What a store shows that has no cache. */
async function withoutCache(dataDir: string): Promise<Opening> {
  const copy = await temporaryDirectory()
  await cp(dataDir, copy, { recursive: true, preserveTimestamps: true })
  await rm(cacheOf(copy), { recursive: true, force: true })
  return openAndRead(copy)
}

/** Files of the cache by name, as they are. */
async function snapshot(dataDir: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(cacheOf(dataDir)).catch(() => [])
  const entries = await Promise.all(
    names.map(async (name) => {
      const { ino, mtimeMs } = await stat(join(cacheOf(dataDir), name))
      return [name, `${ino} ${mtimeMs}`] as const
    }),
  )
  return Object.fromEntries(entries)
}

describe('the index of texts', () => {
  it('lets an open leave the texts alone', async () => {
    const dataDir = await indexedStore()
    const truth = await withoutCache(dataDir)
    // The control: without it they are read.
    expect(truth.reads).toBeGreaterThan(0)
    expect(truth.text.split('\n')).toHaveLength(5)
    for (const readOnly of [true, false, true]) {
      expect(await openAndRead(dataDir, readOnly)).toEqual({ reads: 0, text: truth.text })
    }
  })

  it('is made of what the Python system has written, episodes and clusters too', async () => {
    const dataDir = await pythonStore()
    const truth = await withoutCache(dataDir)
    expect(await openAndRead(dataDir, false)).toMatchObject({ text: truth.text })
    expect(Object.keys(await snapshot(dataDir)).sort()).toEqual(['episodes.index', 'nodes.index'])
    expect(await openAndRead(dataDir)).toEqual({ reads: 0, text: truth.text })
    // Without that file it counts what the texts say about clusters.
    await rm(join(dataDir, 'indexes/clusters.json'))
    const other = await withoutCache(dataDir)
    expect(other.text).not.toBe(truth.text)
    expect((await openAndRead(dataDir)).text).toBe(other.text)
  })

  it('is used by readers, but never written', async () => {
    for (const dataDir of [await pythonStore(), await indexedStore()]) {
      const whole = await snapshot(dataDir)
      await openAndRead(dataDir)
      expect(await snapshot(dataDir)).toEqual(whole)
      await mkdir(cacheOf(dataDir), { recursive: true })
      await writeFile(indexOf(dataDir), 'damaged')
      const before = await snapshot(dataDir)
      await openAndRead(dataDir)
      expect(await snapshot(dataDir)).toEqual(before)
      await rm(cacheOf(dataDir), { recursive: true })
      await openAndRead(dataDir)
      expect(await snapshot(dataDir)).toEqual({})
      // The control: a writer makes it.
      await openAndRead(dataDir, false)
      expect(Object.keys(await snapshot(dataDir))).toContain('nodes.index')
    }
  })

  it('is left out, and made anew by the next writer, when it is damaged', async () => {
    const dataDir = await indexedStore()
    const { text } = await withoutCache(dataDir)
    const whole = await readFile(indexOf(dataDir))
    const random = seededRandom(seed)
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(whole)
      const at = random.below(bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
      const isCut = round % 4 === 0
      await writeFile(indexOf(dataDir), isCut ? whole.subarray(0, at) : bytes)
      const opened = await openAndRead(dataDir)
      expect(opened.text, `seed ${seed}, round ${round}, byte ${at}`).toBe(text)
      expect(opened.reads, `seed ${seed}, round ${round}, byte ${at}`).toBeGreaterThan(0)
    }
    await openAndRead(dataDir, false)
    expect(await openAndRead(dataDir)).toEqual({ reads: 0, text })
  })

  it('is left out when it was written by another version', async () => {
    const dataDir = await indexedStore()
    const whole = await readFile(indexOf(dataDir))
    const asVersion = async (version: number) => {
      const bytes = Buffer.from(whole)
      bytes.writeUInt32LE(version, 8)
      bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4)
      await writeFile(indexOf(dataDir), bytes)
      return (await openAndRead(dataDir)).reads
    }
    // The control: it is read when the version is ours.
    expect(await asVersion(1)).toBe(0)
    for (const version of [0, 2, 0xffff_ffff]) expect(await asVersion(version)).toBeGreaterThan(0)
  })

  it('is left out when it is of the past, or of another store', async () => {
    const dataDir = await indexedStore()
    const old = await readFile(indexOf(dataDir))
    {
      // Texts as long as before.
      await using writer = await FileBackend.openIn(everyIndex, { dataDir, durability: 'off' })
      await writer.updateNode(acme, 'n1', { humanContent: 'question nX' })
    }
    const other = await indexedStore('m')
    for (const dir of [dataDir, other]) {
      const { text } = await withoutCache(dir)
      expect(await openAndRead(dir)).toEqual({ reads: 0, text })
      await writeFile(indexOf(dir), old)
      const opened = await openAndRead(dir)
      expect(opened.text).toBe(text)
      expect(opened.reads).toBeGreaterThan(0)
    }
  })

  it('is left out when the Python system has written since', async () => {
    const dataDir = await pythonStore()
    await openAndRead(dataDir, false)
    await openAndRead(dataDir, false)
    const before = await readFile(textsOf(dataDir), 'utf8')
    const sameLength = before.replace('question a', 'QUESTION a')
    expect(sameLength).not.toBe(before)
    await writeFile(textsOf(dataDir), sameLength)
    const opened = await openAndRead(dataDir)
    expect(opened.reads).toBeGreaterThan(0)
    expect(opened.text).toContain('QUESTION a')
  })

  it('is left out when a program has given a file that it wrote its former time', async () => {
    const dataDir = await pythonStore()
    const time = 1_700_000_000
    await utimes(textsOf(dataDir), time, time)
    const { text } = await openAndRead(dataDir, false)
    // The control: it counts until then.
    expect(await openAndRead(dataDir)).toEqual({ reads: 0, text })
    const { ino, size, mtimeMs } = await stat(textsOf(dataDir))
    const before = await readFile(textsOf(dataDir), 'utf8')
    await writeFile(textsOf(dataDir), before.replace('question a', 'QUESTION a'))
    await utimes(textsOf(dataDir), time, time)
    expect(await stat(textsOf(dataDir))).toMatchObject({ ino, size, mtimeMs })
    const opened = await openAndRead(dataDir)
    expect(opened.text).toBe(text.replace('question a', 'QUESTION a'))
    expect(opened.reads).toBeGreaterThan(0)
  })

  it('is not made of a file whose next change may not show', async () => {
    const dataDir = await pythonStore()
    await writeFile(textsOf(dataDir), await readFile(textsOf(dataDir)))
    const { text } = await openAndRead(dataDir, false)
    const opened = await openAndRead(dataDir)
    expect(opened).toMatchObject({ text })
    expect(opened.reads).toBeGreaterThan(0)
  })

  it('leaves other files in its directory alone', async () => {
    const dataDir = await indexedStore()
    await writeFile(join(cacheOf(dataDir), 'unknown'), 'of others')
    const before = await snapshot(dataDir)
    await rm(indexOf(dataDir))
    await openAndRead(dataDir, false)
    const after = await snapshot(dataDir)
    expect(after.unknown).toBe(before.unknown)
    expect(Object.keys(after)).toContain('nodes.index')
  })

  it('holds no id of a node that was deleted', async () => {
    const dataDir = await indexedStore('secret')
    const names = async () => Object.keys(await snapshot(dataDir))
    const isNamed = async () => {
      const files = await Promise.all((await names()).map((name) => readFile(join(cacheOf(dataDir), name))))
      return files.some((bytes) => bytes.includes('secret2'))
    }
    expect(await isNamed()).toBe(true)
    // What a process that has ended was about to write.
    await writeFile(`${indexOf(dataDir)}.part`, await readFile(indexOf(dataDir)))
    {
      await using writer = await FileBackend.openIn(everyIndex, { dataDir, durability: 'off' })
      await writer.deleteNodes(acme, ['secret2'])
    }
    expect(await isNamed()).toBe(false)
    expect(await names()).toContain('nodes.index')
    await writeFile(`${indexOf(dataDir)}.part`, await readFile(indexOf(dataDir)))
    {
      await using writer = await FileBackend.openIn(everyIndex, { dataDir, durability: 'off' })
      await writer.deleteScope(acme)
      await writer.deleteScope({ tenantId: 'other' })
    }
    expect(await names()).toEqual([])
  })

  it('costs nothing else when it cannot be read or written', async () => {
    let isTouched = 0
    const plans: readonly (readonly [string, FatePlan])[] = [
      'open create',
      'write',
      'rename',
      'mkdir',
      'open read',
      'read',
      'fstat',
      'setMode',
    ].map((failing) => [
      failing,
      (_, operation, path) => {
        if (operation !== failing || !path.includes(privatePaths.cache)) return 'run'
        isTouched += 1
        return 'fail'
      },
    ])
    for (const [failing, plan] of plans) {
      isTouched = 0
      const dataDir = await indexedStore()
      const { text: before } = await withoutCache(dataDir)
      if (failing === 'mkdir') await rm(cacheOf(dataDir), { recursive: true })
      const files = new FaultyFileSystem(plan)
      const options = { dataDir, durability: 'off' } as const
      const writer = await FileBackend.openIn(environmentOn(files, { smallTexts: 0 }), options)
      expect(await storeText(writer), failing).toBe(before)
      await writer.insertNodes([node('new')])
      await writer.close()
      expect(isTouched, failing).toBeGreaterThan(0)
      expect(files.openFiles, failing).toEqual([])
      const { text } = await withoutCache(dataDir)
      expect(text.split('\n'), failing).toHaveLength(6)
      expect((await openAndRead(dataDir)).text, failing).toBe(text)
      const isWriting = !['open read', 'read', 'fstat'].includes(failing)
      // What is there after a failure would be of the past.
      if (isWriting) expect(Object.keys(await snapshot(dataDir)), failing).not.toContain('nodes.index')
      await openAndRead(dataDir, false)
      expect(await openAndRead(dataDir), failing).toEqual({ reads: 0, text })
    }
  })
})
