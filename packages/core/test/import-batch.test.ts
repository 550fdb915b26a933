import { describe, expect, it } from 'vitest'
import {
  type ExportedRecord,
  formatEpisode,
  formatNode,
  parseEpisodicMemory,
  parseMemoryNode,
  type RecordKind,
} from '../src/index.js'
import { codeOf } from './support/catching.js'
import { FakeBackend } from './support/fake-backend.js'

const owner = { tenantId: 't', userId: 'u' }
const node = parseMemoryNode({ id: 'n', humanContent: 'q', assistantContent: 'a', clusterId: 4, ...owner })
const episode = parseEpisodicMemory({ id: 'e', messages: [], ...owner })
const ownerless = parseEpisodicMemory({ id: 'e', messages: [] })
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

describe('importBatch', () => {
  const run = async (kind: RecordKind, records: readonly unknown[]) => {
    const backend = new FakeBackend()
    const code = await codeOf(() => backend.admin.importBatch({ kind, records: records as ExportedRecord[] }))
    return { code, calls: backend.calls }
  }

  it('hands texts and vectors on unchanged', async () => {
    const text = exported.text.replace('"access_count": 0', '"access_count":   0,\n "zz": 1.50')
    const { code, calls } = await run('nodes', [{ ...exported, text }])
    expect(code).toBe('nothing')
    expect(calls).toMatchObject([{ method: 'importNodes', args: [[{ owner, text }], 'error', {}] }])
    const [[record]] = (calls[0]?.args ?? []) as unknown as [[{ record: object; embedding: Float32Array }]]
    expect(record.embedding).toEqual(exported.embedding)
    expect(record.embedding).not.toBe(exported.embedding)
    expect(record.record).toEqual({ ...node, clusterId: 3, extra: { zz: 1.5 } })
  })

  it('takes half a surrogate pair that is written as an escape', async () => {
    const text = exported.text.replace('"q"', '"\\ud83d"')
    expect(text).toContain('\\ud83d')
    const { code, calls } = await run('nodes', [{ ...exported, text }])
    expect(code).toBe('nothing')
    expect(calls).toMatchObject([{ args: [[{ text }], 'error', {}] }])
  })

  it('gives an old episode the owner beside it', async () => {
    const text = formatEpisode(ownerless)
    const { calls } = await run('episodes', [{ ...exportedEpisode, text }])
    expect(calls).toMatchObject([
      { method: 'importEpisodes', args: [[{ owner, text, record: owner }], 'error', {}] },
    ])
  })

  it.each<[string, RecordKind, object, string]>([
    [
      'a node of nobody',
      'nodes',
      { owner: undefined, text: nodeText({ tenantId: null, userId: null }) },
      'SCOPE_REQUIRED',
    ],
    [
      'an episode of nobody',
      'episodes',
      { owner: undefined, text: formatEpisode(ownerless) },
      'SCOPE_REQUIRED',
    ],
    [
      'an owner that the text does not have',
      'nodes',
      { owner: { tenantId: 'other', userId: 'u' } },
      'SCOPE_MISMATCH',
    ],
    [
      'a user that the text does not have',
      'nodes',
      { owner: { tenantId: 't', userId: null } },
      'SCOPE_MISMATCH',
    ],
    ['no owner beside a text with one', 'nodes', { owner: undefined }, 'SCOPE_MISMATCH'],
    [
      'an owner beside a node without one',
      'nodes',
      { text: nodeText({ tenantId: null, userId: null }) },
      'SCOPE_MISMATCH',
    ],
    [
      'an episode of another owner',
      'episodes',
      { owner: { tenantId: 'other', userId: 'u' } },
      'SCOPE_MISMATCH',
    ],
    [
      'an empty owner',
      'episodes',
      { owner: { tenantId: '', userId: null }, text: formatEpisode(ownerless) },
      'SCOPE_REQUIRED',
    ],
    ['another id', 'nodes', { id: 'm' }, 'INVALID_NODE'],
    ['no id', 'nodes', { id: undefined }, 'INVALID_NODE'],
    ['no JSON', 'nodes', { text: '{' }, 'CORRUPT'],
    ['no text', 'nodes', { text: undefined }, 'INVALID_NODE'],
    [
      'half a surrogate pair in a node',
      'nodes',
      { text: exported.text.replace('"q"', '"\ud83d"') },
      'INVALID_NODE',
    ],
    [
      'half a surrogate pair in an episode',
      'episodes',
      { text: exportedEpisode.text.replace('"title": ""', '"title": "\ud83d"') },
      'INVALID_NODE',
    ],
    ['no node', 'nodes', { text: '{}' }, 'INVALID_NODE'],
    ['a cluster that is no integer', 'nodes', { clusterId: 1.5 }, 'INVALID_NODE'],
    ['a cluster that is a text', 'nodes', { clusterId: '3' }, 'INVALID_NODE'],
    ['no cluster', 'nodes', { clusterId: undefined }, 'INVALID_NODE'],
    [
      'a vector that is not finite',
      'nodes',
      { embedding: new Float32Array([1, Number.NaN]) },
      'INVALID_EMBEDDING',
    ],
    ['a short vector', 'nodes', { embedding: new Float32Array([1]) }, 'DIMENSION_MISMATCH'],
  ])('refuses %s, and the whole batch with it', async (_, kind, fields, expected) => {
    const good = kind === 'nodes' ? exported : exportedEpisode
    const first = { ...good, id: 'first', text: good.text.replace(`"id": "${good.id}"`, '"id": "first"') }
    expect((await run(kind, [first])).code).toBe('nothing')
    expect(await run(kind, [first, { ...good, ...fields }])).toEqual({ code: expected, calls: [] })
  })

  it('refuses a batch of no kind, and records that are no list', async () => {
    expect((await run('tenants' as RecordKind, [])).code).toBe('TypeError')
    expect((await run('nodes', 'x' as never)).code).toBe('TypeError')
    expect((await run('nodes', [null])).code).toBe('TypeError')
    expect(await run('nodes', [exported, exported])).toEqual({ code: 'DUPLICATE_ID', calls: [] })
  })
})

function nodeText(fields: object): string {
  return formatNode({ ...node, ...fields })
}
