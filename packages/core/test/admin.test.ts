import { describe, expect, it } from 'vitest'
import {
  type ExportedRecord,
  formatEpisode,
  formatNode,
  parseEpisodicMemory,
  parseMemoryNode,
} from '../src/index.js'
import { codeOf } from './support/catching.js'
import { all } from './support/every-call.js'
import { FakeBackend } from './support/fake-backend.js'

const owner = { tenantId: 't', userId: 'u' }
const node = parseMemoryNode({ id: 'n', humanContent: 'q', assistantContent: 'a', clusterId: 4, ...owner })
const episode = parseEpisodicMemory({ id: 'e', messages: [], ...owner })
const exported: ExportedRecord = {
  id: 'n',
  owner,
  text: formatNode(node),
  embedding: new Float32Array([1, -0]),
  clusterId: 3,
}
const exportedEpisode: ExportedRecord = {
  ...exported,
  id: 'e',
  text: formatEpisode(episode),
  clusterId: null,
}

type ExportAnswer = { records: readonly ExportedRecord[]; position: number } | undefined
/** A backend whose export gives these answers in turn, and notes what it is asked. */
function exporting(...answers: ExportAnswer[]) {
  const asked: unknown[] = []
  class Exporting extends FakeBackend {
    protected override _adminDriver() {
      return {
        ...super._adminDriver(),
        exportRecords: async (request: unknown) => {
          asked.push(request)
          return answers.shift()
        },
      }
    }
  }
  return { backend: new Exporting(), asked }
}

describe('exportAll', () => {
  it('goes through the nodes, then the episodes', async () => {
    const { backend, asked } = exporting(
      { records: [exported], position: 3 },
      { records: [exported], position: 9 },
      undefined,
      { records: [exportedEpisode], position: 4 },
    )
    expect(await all(backend.admin.exportAll({ batchSize: 1 }))).toEqual([
      { kind: 'nodes', records: [exported], cursor: 'n.MToz' },
      { kind: 'nodes', records: [exported], cursor: 'n.MTo5' },
      { kind: 'episodes', records: [exportedEpisode], cursor: 'e.MTo0' },
    ])
    expect(asked).toEqual(
      [
        ['nodes', 0],
        ['nodes', 3],
        ['nodes', 9],
        ['episodes', 0],
        ['episodes', 4],
      ].map(([kind, after]) => ({
        kind,
        after,
        batchSize: 1,
        scope: undefined,
      })),
    )
  })

  it('goes on after a cursor', async () => {
    const { backend, asked } = exporting()
    await all(backend.admin.exportAll({ after: 'e.MTo0', scope: { userId: 'u' } }))
    expect(asked).toEqual([
      { kind: 'episodes', after: 4, batchSize: 256, scope: { kind: 'user', userId: 'u' } },
    ])
  })

  it.each([{}, { tenantId: '' }, { tenantId: null }, { userId: 'a\0' }])(
    'gives nothing for the scope %j, which names nobody',
    async (scope) => {
      const { backend, asked } = exporting({ records: [exported], position: 3 })
      expect(await all(backend.admin.exportAll({ scope }))).toEqual([])
      expect((await backend.admin.fingerprint({ scope })).nodes).toBe(0)
      expect(asked).toEqual([])
    },
  )

  it.each([null, '', 0, false, 't', { tenant_id: 't' }])('refuses the scope %j', async (scope) => {
    const { backend, asked } = exporting({ records: [exported], position: 3 })
    expect(await codeOf(() => all(backend.admin.exportAll({ scope } as object)))).toBe('TypeError')
    expect(await codeOf(() => backend.admin.fingerprint({ scope } as object))).toBe('TypeError')
    expect(asked).toEqual([])
  })
})

describe('fingerprint', () => {
  const of = (...records: ExportedRecord[]) => exporting({ records, position: 1 }).backend.admin.fingerprint()

  it('counts', async () => {
    const bare = { ...exported, embedding: undefined, owner: undefined }
    const answers = [
      { records: [exported, bare], position: 2 },
      undefined,
      { records: [exportedEpisode], position: 1 },
    ]
    expect(await exporting(...answers).backend.admin.fingerprint()).toMatchObject({
      nodes: 2,
      episodes: 1,
      vectors: 2,
    })
    expect(await exporting(...answers).backend.admin.fingerprint({ ownedOnly: true })).toMatchObject({
      nodes: 1,
      episodes: 1,
      vectors: 2,
    })
  })

  it('is the same for the same records in another layout or other batches', async () => {
    const flat = { ...exported, text: JSON.stringify(JSON.parse(exported.text)).replace('0', '0.0') }
    const laidOut = { ...flat, text: flat.text.replaceAll(',"', ',\n\t "') }
    expect(flat.text).not.toBe(laidOut.text)
    expect(await of(laidOut)).toEqual(await of(flat))
    const two = exporting({ records: [exported], position: 1 }, { records: [flat], position: 2 })
    expect(await two.backend.admin.fingerprint()).toEqual(await of(exported, flat))
  })

  it.each<[string, ExportedRecord[]]>([
    ['the order', [{ ...exported, id: 'm' }, exported]],
    ['an id', [exported, { ...exported, id: 'mm' }]],
    [
      'the owner',
      [
        { ...exported, owner: { tenantId: 't', userId: null } },
        { ...exported, id: 'm' },
      ],
    ],
    [
      'no owner',
      [
        { ...exported, owner: undefined },
        { ...exported, id: 'm' },
      ],
    ],
    [
      'tenant and user changed',
      [
        { ...exported, owner: { tenantId: 'u', userId: 't' } },
        { ...exported, id: 'm' },
      ],
    ],
    [
      'the cluster',
      [
        { ...exported, clusterId: null },
        { ...exported, id: 'm' },
      ],
    ],
    [
      'a bit of a vector',
      [
        { ...exported, embedding: new Float32Array([1, 0]) },
        { ...exported, id: 'm' },
      ],
    ],
    [
      'no vector',
      [
        { ...exported, embedding: undefined },
        { ...exported, id: 'm' },
      ],
    ],
    [
      'how a number is written',
      [
        { ...exported, text: exported.text.replace('0.0', '0') },
        { ...exported, id: 'm' },
      ],
    ],
    ['one record less', [exported]],
  ])('differs by %s', async (_, records) => {
    expect((await of(...records)).sha256).not.toBe((await of(exported, { ...exported, id: 'm' })).sha256)
  })

  it('does not take a text for its neighbor', async () => {
    const a = { ...exported, text: '{"a":1}', embedding: undefined }
    const [one, two] = [
      { ...a, text: '{"a":1}{"b":2}' },
      { ...a, text: '' },
    ]
    expect((await of(one, two)).sha256).not.toBe((await of({ ...a }, { ...a, text: '{"b":2}' })).sha256)
  })
})

describe('setEmbeddingModel', () => {
  const model = { provider: 'p', model: 'm', dimensions: 2 }

  it('hands a copy on', async () => {
    const backend = new FakeBackend()
    await backend.admin.setEmbeddingModel(model)
    expect(backend.calls).toEqual([{ method: 'setEmbeddingModel', args: [model] }])
    expect(backend.calls[0]?.args[0]).not.toBe(model)
  })

  it.each<[unknown, string]>([
    [undefined, 'TypeError'],
    [null, 'TypeError'],
    ['m', 'TypeError'],
    [{ ...model, provider: undefined }, 'TypeError'],
    [{ ...model, model: 5 }, 'TypeError'],
    [{ ...model, dimensions: '2' }, 'TypeError'],
    [{ ...model, version: 1 }, 'TypeError'],
    [{ ...model, provider: '' }, 'RangeError'],
    [{ ...model, dimensions: 0 }, 'RangeError'],
    [{ ...model, dimensions: 16_001 }, 'RangeError'],
  ])('refuses %j', async (given, expected) => {
    const backend = new FakeBackend()
    expect(await codeOf(() => backend.admin.setEmbeddingModel(given as typeof model))).toBe(expected)
    expect(backend.calls).toEqual([])
  })
})

it('an operation that the driver does not have rejects with NOT_SUPPORTED', async () => {
  class Plain extends FakeBackend {
    protected override _adminDriver() {
      const { verify, stats, compact, maintain, ...driver } = super._adminDriver()
      return driver
    }
  }
  const { admin } = new Plain()
  for (const name of ['verify', 'stats', 'compact', 'maintain'] as const) {
    await expect(admin[name]()).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: `admin.${name} is not supported by this backend`,
    })
  }
})
