import type { ErrorCode } from '@holdfast/core'
import { axis, sampleEpisode, sampleNode } from './sample-records.js'

/** A record that every insert refuses, in a store of 8 dimensions. */
export interface BadRecord {
  readonly what: string
  readonly code: ErrorCode
  readonly record: unknown
}

/** What may be wrong with either kind of record. */
function badInEither(good: object): readonly BadRecord[] {
  const bad = (what: string, code: ErrorCode, changes: object): BadRecord => ({
    what,
    code,
    record: { ...good, ...changes },
  })
  const invalid = (what: string, changes: object) => bad(what, 'INVALID_NODE', changes)
  const vector = (what: string, embedding: unknown) => bad(what, 'INVALID_EMBEDDING', { embedding })
  const circular: Record<string, unknown> = {}
  circular.self = circular
  return [
    { what: 'null', code: 'INVALID_NODE', record: null },
    { what: 'a text', code: 'INVALID_NODE', record: 'record' },
    { what: 'a list', code: 'INVALID_NODE', record: [good] },
    invalid('an empty id', { id: '' }),
    invalid('an id of 513 bytes', { id: 'x'.repeat(513) }),
    invalid('an id of 171 characters and 513 bytes', { id: '\u20ac'.repeat(171) }),
    invalid('a NUL in the id', { id: 'a\0' }),
    invalid('half a surrogate pair in the id', { id: 'a\ud800' }),
    invalid('a number as id', { id: 7 }),
    invalid('a tenant of 1025 bytes', { tenantId: 'x'.repeat(1025) }),
    invalid('a NUL in the tenant', { tenantId: 'acme\0' }),
    invalid('half a surrogate pair in the user', { userId: '\ud83d' }),
    invalid('a number as tenant', { tenantId: 1 }),
    invalid('no timestamp', { createdAt: 'yesterday' }),
    invalid('a 30th of February', { createdAt: '2024-02-30T00:00:00' }),
    invalid('an invalid Date', { createdAt: new Date(Number.NaN) }),
    invalid('a function in the metadata', { metadata: { f: () => 1 } }),
    invalid('NaN in the metadata', { metadata: { list: [Number.NaN] } }),
    invalid('a circle in the metadata', { metadata: circular }),
    invalid('a list as metadata', { metadata: [1] }),
    invalid('a bigint under an unknown key', { future: 1n }),
    invalid('a text as hasCode', { hasCode: 'yes' }),
    invalid('a negative access count', { accessCount: -1 }),
    bad('no owner', 'SCOPE_REQUIRED', { tenantId: null }),
    bad('an owner of empty texts', 'SCOPE_REQUIRED', { tenantId: '', userId: '' }),
    bad('a short vector', 'DIMENSION_MISMATCH', { embedding: axis(0, 7) }),
    bad('a long vector', 'DIMENSION_MISMATCH', { embedding: axis(0, 9) }),
    vector('an empty vector', []),
    vector('NaN in the vector', [1, 2, 3, Number.NaN, 5, 6, 7, 8]),
    vector('infinity in the vector', Float32Array.of(1, 2, 3, 4, 5, 6, 7, Number.NEGATIVE_INFINITY)),
    vector('a component past float32', [1e39, 0, 0, 0, 0, 0, 0, 0]),
    vector('a text in the vector', [1, 2, 3, '4', 5, 6, 7, 8]),
    vector('a hole in the vector', [1, undefined, 3, 4, 5, 6, 7, 8]),
    vector('a text as vector', '[1,2,3,4,5,6,7,8]'),
    vector('float64 as vector', Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
  ]
}

export const badNodes: readonly BadRecord[] = [
  ...badInEither(sampleNode('bad', { embedding: axis(2) })),
  {
    what: 'no question',
    code: 'INVALID_NODE',
    record: { id: 'bad', tenantId: 'acme', assistantContent: '' },
  },
  { what: 'no answer', code: 'INVALID_NODE', record: { id: 'bad', tenantId: 'acme', humanContent: '' } },
  { what: 'a number as question', code: 'INVALID_NODE', record: { ...sampleNode('bad'), humanContent: 5 } },
  { what: 'tags as list', code: 'INVALID_NODE', record: { ...sampleNode('bad'), tags: ['a'] } },
  { what: 'a number as tag', code: 'INVALID_NODE', record: { ...sampleNode('bad'), tags: { topics: [1] } } },
  {
    what: 'a cluster past 32 bits',
    code: 'INVALID_NODE',
    record: { ...sampleNode('bad'), clusterId: 2 ** 31 },
  },
  { what: 'half a cluster', code: 'INVALID_NODE', record: { ...sampleNode('bad'), clusterId: 0.5 } },
  { what: 'a name given twice', code: 'INVALID_NODE', record: { ...sampleNode('bad'), tenant_id: 'other' } },
]

export const badEpisodes: readonly BadRecord[] = [
  ...badInEither(sampleEpisode('bad', { embedding: axis(2) })),
  { what: 'no id', code: 'INVALID_NODE', record: { tenantId: 'acme', messages: [] } },
  { what: 'no messages', code: 'INVALID_NODE', record: { id: 'bad', tenantId: 'acme' } },
  {
    what: 'a message without content',
    code: 'INVALID_NODE',
    record: { ...sampleEpisode('bad'), messages: [{ role: 'human' }] },
  },
]
