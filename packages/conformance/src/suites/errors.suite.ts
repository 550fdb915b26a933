import { type ErrorCode, errorCodes, type MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { acme, axis, sampleEpisode, sampleNode } from '../sample-records.js'
import { untyped } from '../untyped.js'
import { usualDimensions, withBackend } from '../with-backend.js'

interface Refusal {
  readonly code: ErrorCode
  readonly what: string
  refused(backend: MemoryBackend): Promise<unknown>
}

const model = { provider: 'test', model: 'axis', dimensions: usualDimensions }
const insert = (id: string, changes: object) => (b: MemoryBackend) => b.insertNode(sampleNode(id, changes))

/** Calls on a backend with the node and the episode `a` of `acme` and the embedding model above. */
const refusals: readonly Refusal[] = [
  { code: 'SCOPE_REQUIRED', what: 'a node of nobody', refused: insert('x', { tenantId: null }) },
  {
    code: 'SCOPE_REQUIRED',
    what: 'an episode of nobody',
    refused: (b) => b.insertEpisodes([sampleEpisode('x', { tenantId: '' })]),
  },
  {
    code: 'SCOPE_MISMATCH',
    what: 'a node of another owner through a handle',
    refused: (b) => b.withScope({ tenantId: 'other' }).insertNode(sampleNode('x')),
  },
  { code: 'INVALID_NODE', what: 'an empty id', refused: insert('', {}) },
  {
    code: 'INVALID_NODE',
    what: 'a patch of the id',
    refused: (b) => b.updateNode(acme, 'a', untyped({ id: 'b' })),
  },
  {
    code: 'INVALID_EMBEDDING',
    what: 'NaN in a vector',
    refused: insert('x', { embedding: [...axis(0, 7), Number.NaN] }),
  },
  {
    code: 'INVALID_EMBEDDING',
    what: 'infinity in a query',
    refused: (b) => b.vectorSearch([...axis(0, 7), Number.POSITIVE_INFINITY], acme),
  },
  {
    code: 'DIMENSION_MISMATCH',
    what: 'a vector that is too short',
    refused: insert('x', { embedding: [1] }),
  },
  {
    code: 'DIMENSION_MISMATCH',
    what: 'a query that is too long',
    refused: (b) => b.searchEpisodes(axis(0, 9), acme),
  },
  {
    code: 'EMBEDDING_MISMATCH',
    what: 'another model',
    refused: (b) => b.admin.setEmbeddingModel({ ...model, provider: 'another' }),
  },
  { code: 'DUPLICATE_ID', what: 'an id that is there', refused: insert('a', {}) },
  {
    code: 'DUPLICATE_ID',
    what: 'an episode that is there',
    refused: (b) => b.insertEpisodes([sampleEpisode('a')]),
  },
  {
    code: 'DUPLICATE_ID',
    what: 'an id twice',
    refused: (b) => b.insertNodes([sampleNode('x'), sampleNode('x')], { onConflict: 'replace' }),
  },
]

/** Every refusal that calls can meet is a `MemoryError` with the code of the contract, and leaves nothing behind. */
export function errorsSuite(harness: BackendHarness): void {
  describe('errors', () => {
    it('are MemoryErrors with a code of the table and a message, and change nothing', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes([sampleNode('a', { embedding: axis(0) })])
        await backend.insertEpisodes([sampleEpisode('a')])
        await backend.admin.setEmbeddingModel(model)
        const before = await backend.admin.fingerprint()
        for (const { code, what, refused } of refusals) {
          const error = await rejectionOf(backend, refused)
          expect(error, what).toBeInstanceOf(Error)
          // By name: a backend may bring a copy of core of its own.
          expect([error.name, Reflect.get(error, 'code')], what).toEqual(['MemoryError', code])
          expect(Object.keys(errorCodes), what).toContain(code)
          expect(error.message.length, what).toBeGreaterThan(0)
          expect(await backend.admin.fingerprint(), what).toEqual(before)
        }
        expect(backend.embeddingModel).toEqual(model)
      }))

    it('show in no message what a record holds', () =>
      withBackend(harness, async (backend) => {
        const secret = 'correct horse battery staple'
        const holding = { humanContent: secret, assistantContent: secret, metadata: { note: secret } }
        await backend.insertNode(sampleNode('a', { ...holding, embedding: axis(0) }))
        for (const changes of [
          {},
          { id: 'x', tenantId: null },
          { id: 'x', embedding: [1] },
          { id: 'x', hasCode: untyped('yes') },
          { id: '' },
        ]) {
          const error = await rejectionOf(backend, insert('a', { ...holding, ...changes }))
          for (let each: unknown = error; each instanceof Error; each = each.cause) {
            expect(each.message).not.toContain(secret)
          }
        }
      }))

    it('are plain TypeErrors and RangeErrors, without a code, for mistakes of the caller', () =>
      withBackend(harness, async (backend) => {
        for (const call of [
          () => backend.getNode(untyped('acme'), 'a'),
          () => backend.getNodes(acme, { limit: -1 }),
          () => backend.getNode(acme, untyped(1)),
          () => backend.vectorSearch(axis(0), acme, untyped({ top_k: 1 })),
        ]) {
          const error = await rejectionOf(backend, call)
          expect([TypeError.name, RangeError.name]).toContain(error.name)
          expect(error).not.toHaveProperty('code')
        }
      }))
  })
}

async function rejectionOf(
  backend: MemoryBackend,
  call: (backend: MemoryBackend) => Promise<unknown>,
): Promise<Error> {
  const outcome = await call(backend).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(outcome instanceof Error)) throw new Error('the call was expected to reject with an error')
  return outcome
}
