import { describe, expect, it } from 'vitest'
import { MemoryError, type MemoryNodeInput, type NewNode } from '../src/index.js'
import { codeOf } from './support/catching.js'
import { FakeBackend } from './support/fake-backend.js'

const node = (id: string, fields: Partial<MemoryNodeInput> = {}): MemoryNodeInput => ({
  id,
  humanContent: 'q',
  assistantContent: 'a',
  tenantId: 't',
  ...fields,
})

async function prepared(nodes: readonly MemoryNodeInput[]): Promise<readonly NewNode[]> {
  const backend = new FakeBackend()
  await backend.insertNodes(nodes)
  return backend.calls[0]?.args[0] as readonly NewNode[]
}

describe('a batch on its way into a backend', () => {
  it('has owner, record, text and vector of each', async () => {
    const [first, second] = await prepared([
      node('a', { userId: 'u', embedding: [1, 0], createdAt: '2024-05-01' }),
      node('b', { embedding: [0, 0] }),
    ])
    expect(first).toMatchObject({
      owner: { tenantId: 't', userId: 'u' },
      embedding: new Float32Array([1, 0]),
    })
    expect(first?.record).toMatchObject({ id: 'a', createdAt: '2024-05-01' })
    expect('embedding' in (first?.record ?? { embedding: 1 })).toBe(false)
    expect(first?.text).toMatch(/^\{\n {4}"id": "a",/)
    expect(second?.embedding).toBeUndefined()
  })

  it('has one time for all', async () => {
    const records = await prepared([node('a'), node('b')])
    expect(records[0]?.record.createdAt).toBe(records[1]?.record.createdAt)
  })

  it.each<[string, readonly MemoryNodeInput[], string]>([
    ['the same id twice', [node('a'), node('b'), node('a')], 'DUPLICATE_ID'],
    [
      'the same id for two users of a tenant',
      [node('a', { userId: 'u' }), node('a', { userId: 'v' })],
      'DUPLICATE_ID',
    ],
    [
      'the same derived id twice',
      [node('a', { id: undefined }), node('b', { id: undefined })],
      'DUPLICATE_ID',
    ],
    ['the same id for two tenants', [node('a'), node('a', { tenantId: 'u' })], 'nothing'],
    [
      'the same id for a tenant and a user of its name',
      [node('a'), node('a', { tenantId: null, userId: 't' })],
      'nothing',
    ],
    ['ids that differ in case', [node('a'), node('A')], 'nothing'],
    [
      'vectors of two lengths',
      [node('a', { embedding: [1, 0] }), node('b', { embedding: [1] })],
      'DIMENSION_MISMATCH',
    ],
    ['a vector and none', [node('a', { embedding: [1, 0] }), node('b')], 'nothing'],
    ['a bad vector', [node('a'), node('b', { embedding: [Number.NaN, 0] })], 'INVALID_EMBEDDING'],
    ['a bad field', [node('a'), node('b', { accessCount: -1 })], 'INVALID_NODE'],
    ['a record of nobody', [node('a'), node('b', { tenantId: null })], 'SCOPE_REQUIRED'],
  ])('%s: %#', async (_, nodes, expected) => {
    const backend = new FakeBackend()
    expect(await codeOf(() => backend.insertNodes(nodes))).toBe(expected)
    expect(backend.calls).toHaveLength(expected === 'nothing' ? 1 : 0)
  })

  it('takes a text of 32 MiB and not a byte more, which no other program might read', async () => {
    const limit = 32 * 2 ** 20
    const frame = (await prepared([node('a', { humanContent: '' })]))[0]?.text.length ?? 0
    // Outside ASCII a UTF-16 unit is written in six bytes.
    const fitting = `${'\u4e2d'.repeat(Math.floor((limit - frame) / 6))}${'x'.repeat((limit - frame) % 6)}`
    expect(await codeOf(() => prepared([node('a', { humanContent: fitting })]))).toBe('nothing')
    expect(await codeOf(() => prepared([node('a', { humanContent: `${fitting}x` })]))).toBe('INVALID_NODE')
  })

  it('takes the dimensions of its first vector where the store has none', async () => {
    const backend = new FakeBackend({ dimensions: null })
    expect(backend.dimensions).toBeUndefined()
    const [three, two] = [node('a', { embedding: [1, 0, 0] }), node('b', { embedding: [1, 0] })]
    expect(await codeOf(() => backend.insertNodes([node('c'), three, two]))).toBe('DIMENSION_MISMATCH')
    expect(await codeOf(() => backend.insertNodes([node('c', { embedding: [0] }), three]))).toBe('nothing')
  })

  it('names the place and keeps the cause', async () => {
    const error = await new FakeBackend()
      .insertNodes([node('a'), node('b', { source: 5 as never })])
      .catch((e) => e)
    expect(error).toBeInstanceOf(MemoryError)
    expect(error.message).toMatch(/^record 1: node\.source/)
    expect(error.cause).toBeInstanceOf(MemoryError)
  })

  it('does not change or keep what it was given', async () => {
    const embedding = new Float32Array([1, 0])
    const given = Object.freeze(node('a', { embedding, metadata: Object.freeze({ a: 1 }) }))
    const [record] = await prepared([given])
    embedding.fill(9)
    expect(record?.embedding).toEqual(new Float32Array([1, 0]))
    expect(record?.record.metadata).not.toBe(given.metadata)
  })

  it('holds episodes to the same rules', async () => {
    const episode = { id: 'e', messages: [], tenantId: 't', embedding: [1, 0] }
    const backend = new FakeBackend()
    expect(await codeOf(() => backend.insertEpisodes([episode, episode]))).toBe('DUPLICATE_ID')
    expect(await codeOf(() => backend.insertEpisodes([{ ...episode, embedding: [1] }]))).toBe(
      'DIMENSION_MISMATCH',
    )
    expect(await codeOf(() => backend.insertEpisodes([{ ...episode, tenantId: null }]))).toBe(
      'SCOPE_REQUIRED',
    )
    expect(await codeOf(() => backend.insertEpisodes([{ id: 'e', messages: [{}] as never }]))).toBe(
      'INVALID_NODE',
    )
    expect(backend.calls).toEqual([])
    expect(await codeOf(() => backend.insertEpisodes([episode, { ...episode, tenantId: 'u' }]))).toBe(
      'nothing',
    )
  })
})
