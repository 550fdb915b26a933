import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MemoryError } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { directoryImage } from './support/directory-image.js'
import { npyBytes, rawNode, writeSmallStore } from './support/small-store.js'
import { temporaryDirectory } from './support/temporary-directory.js'

const scope = { userId: 'ann' }
const nodes = ['a', 'b'].map((id) => rawNode(id, { user_id: 'ann' }))
const text = JSON.stringify(nodes, null, 2)

/** A store whose first node has this in place of its id, or beside its owner. */
async function storeWith(changes: {
  readonly nodes?: string | Uint8Array
  readonly vectors?: Uint8Array
}): Promise<string> {
  const root = await temporaryDirectory()
  await writeSmallStore(root, { nodes })
  if (changes.nodes !== undefined) await writeFile(join(root, 'corpus/nodes.json'), changes.nodes)
  if (changes.vectors !== undefined) await writeFile(join(root, 'vectors/nodes.npy'), changes.vectors)
  return root
}

const withMember = (member: string) => text.replace('"user_id": "ann"', `"user_id": "ann", ${member}`)

/** The texts that leave the store. */
async function exported(backend: FileBackend): Promise<readonly string[]> {
  const texts: string[] = []
  for await (const { records } of backend.admin.exportAll())
    texts.push(...records.map((record) => record.text))
  return texts
}

describe('what an old file may hold', () => {
  it('keeps numbers that JavaScript has not, and reads what comes nearest', async () => {
    const member =
      '"metadata": {"nan": NaN, "low": -Infinity, "int": 123456789012345678901234567890, "high": 1e400, "zero": -0.0, "float": 1E16}'
    await using backend = await FileBackend.open({ dataDir: await storeWith({ nodes: withMember(member) }) })
    const [node] = await backend.getNodes(scope)
    expect(node?.metadata).toStrictEqual({
      nan: null,
      low: null,
      int: 1.2345678901234568e29,
      high: null,
      zero: -0,
      float: 1e16,
    })
    expect((await exported(backend))[0]).toContain(member)
    await backend.updateNode(scope, 'a', { source: 'changed' })
    expect((await exported(backend))[0]).toContain(member)
  })

  it('takes the last of a key that stands twice, and keeps both', async () => {
    const twice = text.replace('"user_id": "ann"', '"user_id": "bob", "user_id": "ann"')
    await using backend = await FileBackend.open({ dataDir: await storeWith({ nodes: twice }) })
    expect(await backend.countNodes(scope)).toBe(2)
    expect(await backend.countNodes({ userId: 'bob' })).toBe(0)
    expect((await exported(backend))[0]).toContain('"user_id": "bob", "user_id": "ann"')
  })

  it('keeps __proto__ as an id and as a key', async () => {
    const named = withMember('"metadata": {"__proto__": {"polluted": true}}').replace('"a"', '"__proto__"')
    await using backend = await FileBackend.open({ dataDir: await storeWith({ nodes: named }) })
    const node = await backend.getNode(scope, '__proto__')
    expect(JSON.stringify(node?.metadata)).toBe('{"__proto__":{"polluted":true}}')
    expect({}).not.toHaveProperty('polluted')
  })

  it('derives an id that is missing', async () => {
    const without = text.replace('"id": "a",', '')
    await using backend = await FileBackend.open({ dataDir: await storeWith({ nodes: without }) })
    expect((await backend.getNodes(scope)).map(({ id }) => id)).toEqual(['mem_eb5be8eb2d6d63e1', 'b'])
  })

  it('shows a row of zeros as no vector', async () => {
    const vectors = npyBytes([
      [0, 0, 0],
      [1, 1, 1],
    ])
    await using backend = await FileBackend.open({ dataDir: await storeWith({ vectors }) })
    expect(
      (await backend.vectorSearch([1, 1, 1], scope, { minScore: -1 })).map(({ node }) => node.id),
    ).toEqual(['b'])
    expect(await backend.countNodes(scope)).toBe(2)
  })

  it('may be no rows at all', async () => {
    const root = await temporaryDirectory()
    await writeSmallStore(root, { nodes: [], vectors: [] })
    await using backend = await FileBackend.open({ dataDir: root })
    expect(await exported(backend)).toEqual([])
  })

  it('passes over bytes behind the last vector', async () => {
    const root = await storeWith({})
    await appendFile(join(root, 'vectors/nodes.npy'), 'more')
    await using backend = await FileBackend.open({ dataDir: root })
    expect(await backend.vectorSearch([1, 1, 0], scope)).toHaveLength(2)
  })

  it('shows nobody a node whose owner is half a surrogate pair', async () => {
    const half = text.replace('"user_id": "ann"', '"user_id": "\\ud800"')
    await using backend = await FileBackend.open({ dataDir: await storeWith({ nodes: half }) })
    expect((await backend.getNodes(scope)).map(({ id }) => id)).toEqual(['b'])
    expect(await backend.getNodes({ userId: '\ud800' })).toEqual([])
    expect(await exported(backend)).toHaveLength(2)
  })
})

describe('a file that is no list of nodes', () => {
  it.each([
    ['a byte order mark', `\ufeff${text}`, /is not a JSON array \(byte 0\)/],
    ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le'), /is not a JSON array \(byte 0\)/],
    ['a comment', `// nodes\n${text}`, /is not a JSON array \(byte 0\)/],
    ['a trailing comma', text.replace(/\n\]$/, ',\n]'), /lacks element 2 \(byte \d+\)/],
    ['an empty id', text.replace('"a"', '""'), /element 0 at byte 4 has no id/],
  ])('is refused with its place: %s', async (_, content, message) => {
    const root = await storeWith({ nodes: content })
    const before = await directoryImage(root)
    const opening = FileBackend.open({ dataDir: root })
    await expect(opening).rejects.toBeInstanceOf(MemoryError)
    await expect(opening).rejects.toMatchObject({ code: 'CORRUPT', message: expect.stringMatching(message) })
    expect(await directoryImage(root)).toEqual(before)
  })

  it.each([
    ['a NUL in an id', text.replace('"a"', '"a\\u0000"'), /node\.id: must not hold NUL/],
    ['an id of 600 bytes', text.replace('"a"', `"${'x'.repeat(600)}"`), /node\.id: must have at most 512/],
    ['None as time', text.replace('2025-01-02T03:04:05.123456', 'None'), /node\.createdAt: must be an ISO/],
    ['a record 200 levels deep', withMember(`"x": ${'['.repeat(200)}${']'.repeat(200)}`), /deeper than 100/],
  ])('is refused with its place when it is read: %s', async (_, content, message) => {
    const root = await storeWith({ nodes: content })
    const before = await directoryImage(root)
    await using backend = await FileBackend.open({ dataDir: root })
    await expect(backend.getNodes(scope)).rejects.toMatchObject({
      code: 'CORRUPT',
      message: expect.stringMatching(/^corpus\/nodes\.json: the record at byte 4: /),
    })
    await expect(backend.getNodes(scope)).rejects.toThrow(message)
    // The control: the node beside it can be read.
    expect(await backend.getNode(scope, 'b')).toMatchObject({ id: 'b' })
    await backend.close()
    expect(await directoryImage(root)).toEqual(before)
  })
})
