import type { ExportedRecord } from '@holdfast/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { verifyMemories } from '../src/index.js'
import { episode, FakeStore, node, type Records, sampleRecords } from './fake-store.js'

async function differences(from: Partial<Records>, to: Partial<Records>) {
  const result = await verifyMemories({ from: new FakeStore(from), to: new FakeStore(to), batchSize: 3 })
  expect(result.equal).toBe(result.differenceCount === 0)
  return result.differences
}

async function nodeDifference(from: ExportedRecord, to: ExportedRecord) {
  const found = await differences({ nodes: [node('before'), from] }, { nodes: [node('before'), to] })
  expect(found).toHaveLength(1)
  return found[0]
}

describe('verifyMemories', () => {
  it('finds two equal stores equal, whatever the size of the batches', async () => {
    const from = new FakeStore(sampleRecords(20))
    for (const batchSize of [1, 3, 20, 10_000]) {
      await expect(
        verifyMemories({ from, to: new FakeStore(sampleRecords(20)), batchSize }),
      ).resolves.toEqual({
        equal: true,
        from: { nodes: 20, episodes: 6, vectors: 20 },
        to: { nodes: 20, episodes: 6, vectors: 20 },
        differenceCount: 0,
        differences: [],
        unownedSkipped: 0,
      })
    }
  })

  it('names field and both values', async () => {
    expect(
      await nodeDifference(node('a', { tenantId: 't', intentType: 'x' }), node('a', { tenantId: 't' })),
    ).toEqual({
      kind: 'nodes',
      id: 'a',
      field: 'intent_type',
      from: '"x"',
      to: '"statement"',
    })
  })

  it('shortens long values', async () => {
    const found = await nodeDifference(
      node('a', { tenantId: 't', humanContent: 'x'.repeat(1000) }),
      node('a'),
    )
    expect(found?.field).toBe('human_content')
    expect(found?.from).toBe(`"${'x'.repeat(79)}… (922 more)`)
  })

  it.each<[string, string, (record: ExportedRecord) => ExportedRecord]>([
    ['the owner', 'owner', (a) => ({ ...a, owner: { tenantId: 'other', userId: null } })],
    ['the user beside the tenant', 'owner', (a) => ({ ...a, owner: { tenantId: 't', userId: 'u' } })],
    ['the cluster', 'cluster', (a) => ({ ...a, clusterId: -1 })],
    ['one bit of a vector', 'vector', (a) => ({ ...a, embedding: new Float32Array([1, 0.50000006]) })],
    ['a vector that is gone', 'vector', (a) => ({ ...a, embedding: undefined })],
    ['the length of a vector', 'vector', (a) => ({ ...a, embedding: new Float32Array([1, 0.5, 0]) })],
    ['a field that is new', 'extra_key', (a) => ({ ...a, text: a.text.replace('{', '{"extra_key": 1,') })],
    ['a number in another spelling', 'text', (a) => ({ ...a, text: a.text.replace(': 0.0', ': 0') })],
    [
      'an escape in another spelling',
      'text',
      (a) => ({ ...a, text: a.text.replace('answer', '\\u0061nswer') }),
    ],
  ])('sees %s', async (_, field, change) => {
    const found = await nodeDifference(node('a'), change(node('a')))
    expect(found?.field).toBe(field)
    expect(found?.from).not.toBe(found?.to)
  })

  it('tells -0 from 0 and names the component', async () => {
    const zero = node('a', { tenantId: 't', embedding: [0, 1] })
    const minus = { ...zero, embedding: new Float32Array([-0, 1]) }
    expect(await nodeDifference(zero, minus)).toMatchObject({
      field: 'vector',
      from: '1 of 2 components differ; [0] is 0 (bits 0)',
      to: '1 of 2 components differ; [0] is 0 (bits 80000000)',
    })
  })

  it('does not mind the layout of the JSON', async () => {
    const compact = (record: ExportedRecord) => ({ ...record, text: JSON.stringify(JSON.parse(record.text)) })
    const record = node('a', { tenantId: 't', clusterConfidence: 0.5 })
    expect(await differences({ nodes: [record] }, { nodes: [compact(record)] })).toEqual([])
  })

  it('does not mind an owner written into an episode that had none in its text', async () => {
    const written = episode('e')
    const { tenant_id, user_id, ...rest } = JSON.parse(written.text) as Record<string, unknown>
    expect([tenant_id, user_id]).toEqual(['t', null])
    const silent = { ...written, text: JSON.stringify(rest) }
    expect(await differences({ episodes: [silent] }, { episodes: [written] })).toEqual([])
    const wrong = { ...silent, text: JSON.stringify({ ...rest, title: 'other' }) }
    expect(await differences({ episodes: [wrong] }, { episodes: [written] })).toMatchObject([
      { field: 'title' },
    ])
  })

  it('compares episodes as well as nodes', async () => {
    const changed = episode('e', { tenantId: 't', title: 'b' })
    expect(await differences({ episodes: [episode('e')] }, { episodes: [changed] })).toMatchObject([
      { kind: 'episodes', id: 'e', field: 'title' },
    ])
  })

  it('counts all differences and lists the first 20', async () => {
    const other = sampleRecords(30).nodes.map((record) => ({ ...record, embedding: undefined }))
    const from = new FakeStore({ nodes: sampleRecords(30).nodes })
    const result = await verifyMemories({ from, to: new FakeStore({ nodes: other }) })
    expect(result).toMatchObject({
      equal: false,
      differenceCount: 30,
      from: { vectors: 30 },
      to: { vectors: 0 },
    })
    expect(result.differences.map(({ id }) => id)).toEqual(
      Array.from({ length: 20 }, (_, index) => `n${index}`),
    )
  })

  it('passes on what reading throws, and leaves no export open', async () => {
    const from = new FakeStore(sampleRecords(5))
    const to = new FakeStore(sampleRecords(5))
    const controller = new AbortController()
    const onProgress = ({ phase, done }: { phase: string; done: number }) => {
      if (phase === 'verify' && done > 0) controller.abort(new Error('stop'))
    }
    await expect(
      verifyMemories({ from, to, batchSize: 2, onProgress, signal: controller.signal }),
    ).rejects.toThrow('stop')
    expect(from.openExports + to.openExports).toBe(0)
  })

  it('refuses the same store, and unowned records', async () => {
    const from = new FakeStore({ nodes: [node('lost', { tenantId: null })] })
    await expect(verifyMemories({ from, to: from })).rejects.toThrow(TypeError)
    await expect(verifyMemories({ from, to: new FakeStore() })).rejects.toMatchObject({
      code: 'SCOPE_REQUIRED',
    })
  })
})

describe('records that are missing, new or moved', () => {
  const letters = (text: string) => ({ nodes: [...text].map((letter) => node(letter)) })
  const brief = async (from: string, to: string) =>
    (await differences(letters(from), letters(to))).map(({ id, field, from: a }) =>
      field === 'record' ? `${a === undefined ? '+' : '-'}${id}` : `${field} ${id}`,
    )

  it.each([
    ['abcdef', 'abdef', ['-c']],
    ['abcdef', 'bcdef', ['-a']],
    ['abcdef', 'abcde', ['-f']],
    ['abcde', 'abxcde', ['+x']],
    ['abcde', 'abcdex', ['+x']],
    ['', 'ab', ['+a', '+b']],
    ['ab', '', ['-a', '-b']],
    ['abcd', 'axcd', ['-b', '+x']],
    ['abcd', 'acbd', ['order b']],
    ['abcd', 'bcda', ['order a']],
    ['abcd', 'dcba', ['order a', 'order b', 'order c']],
  ])('%j against %j', async (from, to, expected) => {
    expect(await brief(from, to)).toEqual(expected)
  })

  it('finds a node missing at the border to the episodes', async () => {
    const all = { ...letters('abc'), episodes: [episode('a'), episode('b')] }
    expect(await differences(all, { ...all, ...letters('ab') })).toMatchObject([{ kind: 'nodes', id: 'c' }])
    expect(await differences({ ...all, ...letters('ab') }, all)).toMatchObject([{ kind: 'nodes', id: 'c' }])
  })

  it('keeps two owners of one id apart', async () => {
    const [a, b] = [node('x', { tenantId: 'a' }), node('x', { tenantId: 'b' })]
    expect(await differences({ nodes: [a, b] }, { nodes: [b] })).toEqual([
      { kind: 'nodes', id: 'x', field: 'record', from: 'tenant "a", user null', to: undefined },
    ])
    expect(await differences({ nodes: [a, b] }, { nodes: [a, b] })).toEqual([])
  })

  it('still tells a difference when a record is farther off than it looks', async () => {
    const many = sampleRecords(600).nodes
    const [first, ...rest] = many
    const found = await differences({ nodes: many }, { nodes: [...rest, ...(first ? [first] : [])] })
    expect(found).toMatchObject([
      { id: 'n0', field: 'record', to: undefined },
      { id: 'n0', field: 'record', from: undefined },
    ])
  })

  it('is equal exactly when the order of the ids is, for any two lists', async () => {
    const list = fc.uniqueArray(fc.constantFrom(...'abcdefgh'))
    await fc.assert(
      fc.asyncProperty(list, list, async (from, to) => {
        const found = await differences(letters(from.join('')), letters(to.join('')))
        expect(found.length === 0).toBe(from.join('') === to.join(''))
        const missing = found.filter(({ field, to: b }) => field === 'record' && b === undefined)
        expect(missing.map(({ id }) => id).sort()).toEqual(from.filter((id) => !to.includes(id)).sort())
      }),
      { numRuns: 500 },
    )
  })
})
