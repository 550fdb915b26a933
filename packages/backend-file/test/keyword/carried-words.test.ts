import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { acme, cacheNames, expectCounted, firstSearch, keptStore, node, small } from './kept-words.js'
import { search } from './word-oracle.js'

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)

/** A process that writes and never searches. */
async function writeOnly(dataDir: string, write: (backend: FileBackend) => Promise<unknown>): Promise<void> {
  const writer = await FileBackend.openIn(small, { dataDir, durability: 'off' })
  await write(writer)
  await writer.close()
}

const holds = async (dataDir: string, name: string, word: string) =>
  (await readFile(join(dataDir, '.holdfast/cache', name))).includes(Buffer.from(word, 'utf16le'))

it('follows what is written although the process never searches', async () => {
  const { dataDir, path } = await keptStore()
  await writeOnly(dataDir, async (writer) => {
    await writer.insertNodes([node('d', 'apple tart'), node('e', 'pear')])
    await writer.updateNode(acme, 'a', { humanContent: 'grape' })
    await writer.deleteNodes(acme, ['b'])
    await writer.recordAccess(acme, ['c'])
  })
  const [name = '', ...others] = await cacheNames(dataDir)
  expect(others).toEqual([])
  expect(name).not.toBe(nameOf(path))
  expect(await firstSearch(dataDir)).toEqual({ reads: [`read ${name}`], warnings: [] })
  const found = await expectCounted(dataDir)
  expect(found.map(({ id }) => id)).toEqual(['c', 'd', 'a', 'e'])
  expect(await expectCounted(dataDir, 'grape')).toHaveLength(1)
  for (const [word, isThere] of Object.entries({ grape: true, tart: true, secretword: false })) {
    expect(await holds(dataDir, name, word), word).toBe(isThere)
  }
  // The control: without the file, the texts are read.
  await rm(join(dataDir, '.holdfast/cache', name))
  expect((await firstSearch(dataDir)).reads).toEqual(['read nodes.json'])
  expect(await expectCounted(dataDir)).toEqual(found)
})

it('follows through compactions, while writes go on', async () => {
  const { dataDir } = await keptStore()
  const writer = await FileBackend.openIn(small, { dataDir, durability: 'off' })
  onTestFinished(() => writer.close())
  for (let round = 0; round < 6; round++) {
    await writer.insertNode(node(`r${round}`, `apple round${round}`))
    const compacted = writer.admin.compact()
    await writer.insertNode(node(`beside${round}`, 'apple beside'))
    if (round % 2 === 1) await writer.deleteNodes(acme, [`beside${round - 1}`])
    await compacted
    expect(await cacheNames(dataDir)).toHaveLength(1)
    await expectCounted(dataDir)
    const { reads } = await firstSearch(dataDir)
    expect(reads).not.toContain('read nodes.json')
  }
  expect((await expectCounted(dataDir, 'beside')).map(({ id }) => id)).toEqual([
    'beside1',
    'beside3',
    'beside5',
  ])
})

it('goes with its scope, and stays for the others', async () => {
  const { dataDir } = await keptStore()
  const other = { tenantId: 'other' }
  await writeOnly(dataDir, async (writer) => {
    await writer.insertNodes([node('x', 'apple', other), node('y', 'pear', other)])
    expect(await search(writer, 'apple', other)).toHaveLength(1)
  })
  expect(await cacheNames(dataDir)).toHaveLength(2)
  await writeOnly(dataDir, (writer) => writer.deleteScope(acme))
  const [name = '', ...others] = await cacheNames(dataDir)
  expect(others).toEqual([])
  expect(await holds(dataDir, name, 'secretword')).toBe(false)
  expect((await firstSearch(dataDir, other)).reads).toEqual([`read ${name}`])
  expect(await expectCounted(dataDir, 'apple answer', other)).toHaveLength(2)
  expect(await expectCounted(dataDir)).toEqual([])
})

it('is not brought over when it is damaged', async () => {
  for (const place of [3, 20, -30, -1]) {
    const { dataDir, path } = await keptStore()
    const damaged = await readFile(path)
    const at = place < 0 ? damaged.length + place : place
    damaged[at] = (damaged[at] ?? 0) ^ 4
    await writeFile(path, damaged)
    await writeOnly(dataDir, (writer) => writer.insertNode(node('d', 'apple')))
    expect(await cacheNames(dataDir), `byte ${place}`).toEqual([])
    expect(await expectCounted(dataDir)).toHaveLength(4)
  }
})

it('is not brought over when that takes more memory than there may be', async () => {
  for (const [memoryBudget, count] of [
    [2 ** 10, 0],
    [2 ** 20, 1],
  ] as const) {
    const { dataDir } = await keptStore()
    const writer = await FileBackend.openIn(small, { dataDir, durability: 'off', memoryBudget })
    await writer.insertNode(node('d', 'apple'))
    await writer.close()
    expect(await cacheNames(dataDir), `budget ${memoryBudget}`).toHaveLength(count)
    expect(await expectCounted(dataDir)).toHaveLength(4)
  }
})

it('counts for nothing when another program has changed the texts', async () => {
  const { dataDir, path, found } = await keptStore()
  const texts = join(dataDir, 'corpus/nodes.json')
  const before = await readFile(texts, 'utf8')
  // Of the same length, so that every text stays where it was.
  await writeFile(texts, before.replace('"apple pie"', '"grape pie"'))
  const writer = await FileBackend.openIn(small, { dataDir, durability: 'off', foreignBase: 'adopt' })
  onTestFinished(() => writer.close())
  const after = await search(writer, 'apple answer', acme)
  expect(after).not.toEqual(found)
  expect((await search(writer, 'grape', acme)).map(({ id }) => id)).toEqual(['c'])
  expect(await search(writer, 'apple', acme)).toHaveLength(1)
  await writer.close()
  const names = await cacheNames(dataDir)
  expect(names).toHaveLength(1)
  expect(names).not.toContain(nameOf(path))
  expect((await firstSearch(dataDir)).reads).toEqual([`read ${names[0]}`])
  expect(await expectCounted(dataDir)).toEqual(after)
})

it('is used by a reader that follows another process, which writes nothing', async () => {
  const { dataDir } = await keptStore()
  const files = new FaultyFileSystem()
  const reader = await FileBackend.openIn(environmentOn(files, { smallScope: 0 }), {
    dataDir,
    readOnly: true,
  })
  const writer = await FileBackend.openIn(small, { dataDir, durability: 'off' })
  onTestFinished(async () => {
    await reader.close()
    await writer.close()
  })
  for (let round = 0; round < 3; round++) {
    await writer.insertNode(node(`n${round}`, 'apple'))
    expect(await search(reader, 'apple', acme)).toHaveLength(3 + round)
    await writer.admin.compact()
    await reader.countNodes(acme)
    const before = files.calls.length
    expect(await search(reader, 'unknown', acme)).toEqual([])
    const [name] = await cacheNames(dataDir)
    const reads = files.calls.slice(before).filter((call) => /^read (words|nodes\.json)/.test(call))
    expect([...new Set(reads)]).toEqual([`read ${name}`])
    expect(await search(reader, 'apple', acme)).toHaveLength(3 + round)
  }
  expect(
    files.calls.filter((call) => /^(open create|write|rename|unlink|mkdir|truncate)/.test(call)),
  ).toEqual([])
})

it('is not touched before somebody searches by words', async () => {
  const { dataDir, path } = await keptStore()
  for (const readOnly of [true, false]) {
    const files = new FaultyFileSystem()
    const backend = await FileBackend.openIn(environmentOn(files, { smallScope: 0 }), { dataDir, readOnly })
    expect(await backend.countNodes(acme)).toBe(3)
    expect(await backend.getNodes(acme)).toHaveLength(3)
    expect(files.calls.filter((call) => call.includes('words-'))).toEqual([])
    expect(await search(backend, 'apple', acme)).toHaveLength(2)
    expect(files.calls).toContain(`read ${nameOf(path)}`)
    await backend.close()
  }
})

it('costs nothing but the work when the process ends at any moment', async () => {
  const { dataDir: origin } = await keptStore()
  let ends = 0
  for (let end = 0; ; end++) {
    const dataDir = await temporaryDirectory()
    await cp(origin, dataDir, { recursive: true })
    let touched = 0
    let hasEnded = false
    // From the end on, nothing reaches the disk.
    const files = new FaultyFileSystem((_index, _operation, path) => {
      if (path.includes('words-') && touched++ === end) hasEnded = true
      return hasEnded ? 'fail' : 'run'
    })
    const writer = await FileBackend.openIn(environmentOn(files, { smallScope: 0 }), {
      dataDir,
      durability: 'off',
    })
    await writer.insertNode(node('d', 'apple tart'))
    await writer.updateNode(acme, 'a', { humanContent: 'grape' })
    await writer.deleteNodes(acme, ['b'])
    await writer.close().catch(() => {})
    await files.abandon()
    expect(
      (await expectCounted(dataDir)).map(({ id }) => id),
      `end ${end}`,
    ).toEqual(['c', 'd', 'a'])
    expect((await firstSearch(dataDir)).warnings, `end ${end}`).toEqual([])
    // The next writer finishes it.
    const next = await FileBackend.openIn(small, { dataDir, durability: 'off' })
    expect(await search(next, 'apple', acme), `end ${end}`).toHaveLength(2)
    await next.close()
    const names = await cacheNames(dataDir)
    expect(names, `end ${end}`).toHaveLength(1)
    expect((await firstSearch(dataDir)).reads).toEqual([`read ${names[0]}`])
    if (!hasEnded) break
    ends += 1
  }
  expect(ends).toBeGreaterThan(15)
})
