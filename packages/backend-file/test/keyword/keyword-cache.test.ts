import { mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { silentLogger } from '@holdfast/core'
import { expect, it, onTestFinished } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import { environmentOn, type FatePlan, FaultyFileSystem } from '../support/faulty-file-system.js'
import { acme, cacheNames, firstSearch, keptStore, node, small } from './kept-words.js'
import { type Found, search } from './word-oracle.js'

async function requireFound(dataDir: string, found: readonly Found[]): Promise<void> {
  const reader = await FileBackend.open({ dataDir, readOnly: true })
  expect(await search(reader, 'apple answer', acme)).toEqual(found)
  await reader.close()
}

it('reads no text when the index of the scope is there', async () => {
  const { dataDir, path, found } = await keptStore()
  const { reads, warnings } = await firstSearch(dataDir)
  expect(reads).toEqual([`read ${path.slice(path.lastIndexOf('/') + 1)}`])
  expect(warnings).toEqual([])
  await requireFound(dataDir, found)
  await rm(path)
  expect((await firstSearch(dataDir)).reads).toEqual(['read nodes.json'])
  await requireFound(dataDir, found)
})

it(`makes a damaged index anew, wherever the damage is (seed ${seed})`, async () => {
  const { dataDir, path, found } = await keptStore()
  const whole = await readFile(path)
  const random = seededRandom(seed)
  const places = [
    0,
    7,
    8,
    11,
    12,
    40,
    whole.length - 1,
    ...Array.from({ length: 40 }, () => random.below(whole.length)),
  ]
  for (const place of places) {
    const damaged = Buffer.from(whole)
    damaged[place] = (damaged[place] ?? 0) ^ (1 << random.below(8))
    await writeFile(path, damaged)
    const { reads, warnings } = await firstSearch(dataDir)
    expect(reads, `byte ${place}`).toContain('read nodes.json')
    expect(warnings.length, `byte ${place}`).toBeLessThanOrEqual(1)
    await requireFound(dataDir, found)
  }
  for (const size of [0, 5, 12, 100, whole.length - 1]) {
    await writeFile(path, whole)
    await truncate(path, size)
    expect((await firstSearch(dataDir)).reads).toContain('read nodes.json')
    await requireFound(dataDir, found)
  }
  for (const content of [
    Buffer.concat([whole, Buffer.alloc(1)]),
    Buffer.alloc(whole.length),
    Buffer.from('{}'),
  ]) {
    await writeFile(path, content)
    await requireFound(dataDir, found)
  }
  await rm(path)
  await mkdir(path)
  await requireFound(dataDir, found)
})

it('does not take the index of other texts, or of another scope, for its own', async () => {
  const { dataDir, path, found } = await keptStore()
  const whole = await readFile(path)
  const writer = await FileBackend.openIn(small, { dataDir, durability: 'off' })
  await writer.updateNode(acme, 'a', { humanContent: 'grape' })
  await writer.insertNode(node('x', 'apple', { tenantId: 'other' }))
  const after = await search(writer, 'apple answer', acme)
  const ofOther = await search(writer, 'apple answer', { tenantId: 'other' })
  await writer.close()
  expect(after).not.toEqual(found)
  const names = await cacheNames(dataDir)
  expect(names).toHaveLength(2)
  // The old one in the place of each new one.
  for (const name of names) await writeFile(join(dataDir, '.holdfast/cache', name), whole)
  const reader = await FileBackend.open({ dataDir, readOnly: true })
  expect(await search(reader, 'apple answer', acme)).toEqual(after)
  expect(await search(reader, 'apple answer', { tenantId: 'other' })).toEqual(ofOther)
  await reader.close()
})

it('leaves no word of a deleted node behind', async () => {
  const { dataDir, path } = await keptStore()
  const holds = async (file: string) => (await readFile(file)).includes(Buffer.from('secretword', 'utf16le'))
  expect(await holds(path)).toBe(true)
  const writer = await FileBackend.openIn(small, { dataDir, durability: 'off' })
  expect(await search(writer, 'secretword', acme)).toHaveLength(1)
  await writer.deleteNodes(acme, ['b'])
  await writer.admin.compact()
  expect(await cacheNames(dataDir)).not.toContain(path.slice(path.lastIndexOf('/') + 1))
  expect(await search(writer, 'apple', acme)).toHaveLength(2)
  await writer.close()
  const names = await cacheNames(dataDir)
  expect(names).toHaveLength(1)
  for (const name of names) expect(await holds(join(dataDir, '.holdfast/cache', name))).toBe(false)
  // Also when the store is never searched again.
  const last = await FileBackend.openIn(small, { dataDir, durability: 'off' })
  await last.deleteScope(acme)
  await last.close()
  expect(await cacheNames(dataDir)).toEqual([])
})

it('is written by writers only, and not for a small scope', async () => {
  const { dataDir, path, found } = await keptStore()
  await rm(join(dataDir, '.holdfast/cache'), { recursive: true })
  const reader = await FileBackend.openIn(small, { dataDir, readOnly: true })
  expect(await search(reader, 'apple answer', acme)).toEqual(found)
  await reader.close()
  expect(await cacheNames(dataDir)).toEqual([])
  const writer = await FileBackend.open({ dataDir })
  expect(await search(writer, 'apple answer', acme)).toEqual(found)
  await writer.close()
  expect(await cacheNames(dataDir)).toEqual([])
  const keeping = await FileBackend.openIn(small, { dataDir })
  await search(keeping, 'apple answer', acme)
  await keeping.close()
  expect(await cacheNames(dataDir)).toEqual([path.slice(path.lastIndexOf('/') + 1)])
  // Nobody who may not read the texts reads their words.
  const mode = async (file: string) => (await stat(file)).mode & 0o777
  expect(await mode(path)).toBe(await mode(join(dataDir, 'corpus/nodes.json')))
})

it('goes on without its files when the disk refuses them', async () => {
  const { dataDir, found } = await keptStore()
  const isOfCache = (path: string) => path.includes('/cache')
  const plans: Readonly<Record<string, FatePlan>> = {
    everything: (_index, _operation, path) => (isOfCache(path) ? 'fail' : 'run'),
    reading: (_index, operation, path) => (isOfCache(path) && operation === 'read' ? 'fail' : 'run'),
    writing: (_index, operation, path) => (isOfCache(path) && operation === 'write' ? 'fail' : 'run'),
    closing: (_index, operation, path) => (isOfCache(path) && operation === 'close' ? 'fail late' : 'run'),
    renaming: (_index, operation, path) => (isOfCache(path) && operation === 'rename' ? 'fail' : 'run'),
  }
  let inserted = 0
  for (const [name, plan] of Object.entries(plans)) {
    const files = new FaultyFileSystem(plan, 'ENOSPC')
    const environment = { ...environmentOn(files), smallScope: 0 }
    const backend = await FileBackend.openIn(environment, { dataDir, durability: 'off' })
    onTestFinished(() => backend.close())
    expect(await search(backend, 'apple', acme), name).toHaveLength(found.length - 1)
    await backend.insertNode(node(`more ${name}`, 'berry'))
    inserted += 1
    expect(await search(backend, 'berry', acme), name).toHaveLength(inserted)
    await backend.close()
    expect(files.openFiles).toEqual([])
    expect(
      (await cacheNames(dataDir)).filter((each) => each.endsWith('.part') && name !== 'everything'),
    ).toEqual([])
  }
})

it('ends reading an index when it is no longer wanted, and reads it for the next one', async () => {
  const { dataDir, path, found } = await keptStore()
  const reason = new Error('enough')
  const controller = new AbortController()
  const isOfWords = (name: string) => name.includes('/words-')
  let reads = 0
  const files = new FaultyFileSystem((_index, operation, name) => {
    if (operation === 'read' && isOfWords(name) && ++reads === 3) controller.abort(reason)
    return 'run'
  })
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (text: string) => warnings.push(text) }
  const reader = await FileBackend.openIn(environmentOn(files), { dataDir, readOnly: true, logger })
  onTestFinished(() => reader.close())
  const given = reader.keywordSearch('apple', acme, { signal: controller.signal })
  await expect(given).rejects.toBe(reason)
  expect(reads).toBe(3)
  expect(warnings).toEqual([])
  expect(files.openFiles.filter(isOfWords)).toEqual([])
  expect(await search(reader, 'apple answer', acme)).toEqual(found)
  expect(
    files.calls.filter((call) => call === `read ${path.slice(path.lastIndexOf('/') + 1)}`).length,
  ).toBeGreaterThan(6)
})

it('is made anew when it was made by other rules for words', async () => {
  const { dataDir, path, found } = await keptStore()
  const whole = await readFile(path)
  const rules = whole.indexOf('"rules":[') + '"rules":['.length
  expect(whole[rules]).toBe('1'.charCodeAt(0))
  for (const rule of ['1', '2']) {
    const changed = Buffer.from(whole)
    changed.write(rule, rules)
    // Whole by its checksum.
    changed.writeUInt32LE(crc32(changed.subarray(0, -4)), changed.length - 4)
    await writeFile(path, changed)
    const { reads, warnings } = await firstSearch(dataDir)
    expect(reads.includes('read nodes.json'), `rules ${rule}`).toBe(rule === '2')
    expect(warnings).toEqual([])
    await requireFound(dataDir, found)
  }
})
