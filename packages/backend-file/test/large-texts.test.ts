import { mkdir, open, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { environmentOn, FaultyFileSystem } from './support/faulty-file-system.js'
import { npyBytes, rawNode } from './support/small-store.js'
import { temporaryDirectory } from './support/temporary-directory.js'

/** With `HOLDFAST_LARGE_TEXTS=all` the file of nodes has more than 2 GiB: that takes 7 GB of disk, and half a minute. */
const isLong = process.env.HOLDFAST_LARGE_TEXTS === 'all'
const size = isLong ? 2 ** 31 + 2 ** 26 : 2 ** 24
const acme = { tenantId: 'acme' }
const words = 'some words that are not short '.repeat(2000)

const idOf = (row: number) => `n${String(row).padStart(8, '0')}`

/** A directory of the Python system, written an hour ago. @returns how many nodes it has. */
async function writeNodes(dataDir: string): Promise<number> {
  for (const name of ['corpus', 'vectors']) await mkdir(join(dataDir, name))
  const textOf = (row: number) =>
    JSON.stringify(rawNode(idOf(row), { tenant_id: 'acme', assistant_content: words }), null, 2)
  const path = join(dataDir, 'corpus/nodes.json')
  const file = await open(path, 'wx')
  let rows = 0
  try {
    for (let written = 0; written < size; rows++) {
      const { bytesWritten } = await file.write(`${rows === 0 ? '[' : ','}\n${textOf(rows)}`)
      written += bytesWritten
    }
    await file.write('\n]')
  } finally {
    await file.close()
  }
  const hourAgo = Date.now() / 1000 - 3600
  await utimes(path, hourAgo, hourAgo)
  await writeFile(
    join(dataDir, 'vectors/nodes.npy'),
    npyBytes(Array.from({ length: rows }, (_, row) => [row + 1, 1])),
  )
  return rows
}

/** Says what each step of a long run took. */
async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await run()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const mebibytes = (process.memoryUsage.rss() / 2 ** 20).toFixed(0)
  if (isLong) console.log(`${name}: ${seconds} s, ${mebibytes} MiB resident`)
  return result
}

it(`a file of ${size} bytes of nodes is opened, read from, published and opened again`, async () => {
  const dataDir = await temporaryDirectory()
  const rows = await step('writing the file', () => writeNodes(dataDir))
  const path = join(dataDir, 'corpus/nodes.json')
  const [first, last] = [idOf(0), idOf(rows - 1)]
  expect((await stat(path)).size).toBeGreaterThan(size)
  const openWith = (files: FaultyFileSystem, readOnly: boolean) =>
    FileBackend.openIn(environmentOn(files), { dataDir, readOnly, durability: 'off' })
  const requireNodes = async (backend: FileBackend) => {
    for (const id of [first, last]) {
      const node = await backend.getNode(acme, id)
      expect(node).toMatchObject({ humanContent: `question ${id}`, assistantContent: words })
    }
    expect(await backend.getNode(acme, idOf(rows))).toBeUndefined()
  }
  {
    await using backend = await step('opening without an index', () =>
      openWith(new FaultyFileSystem(), false),
    )
    await requireNodes(backend)
    expect(await backend.deleteNodes(acme, [idOf(1)])).toBe(1)
    await backend.insertNode({ id: 'new', ...acme, humanContent: 'q', assistantContent: 'a' })
    await step('publishing', () => backend.close())
  }
  expect((await stat(path)).size).toBeGreaterThan(size - words.length)
  const files = new FaultyFileSystem()
  await using backend = await step('opening with the index', () => openWith(files, true))
  expect(files.calls).toContain('open read nodes.json')
  expect(files.calls).not.toContain('read nodes.json')
  await step('reading nodes', () => requireNodes(backend))
  expect(files.calls).toContain('read nodes.json')
  expect(await backend.getNode(acme, idOf(1))).toBeUndefined()
  expect(await backend.getNode(acme, 'new')).toMatchObject({ humanContent: 'q' })
}, 900_000)
