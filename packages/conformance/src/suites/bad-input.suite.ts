import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { type BadInput, badInputs } from '../bad-inputs.js'
import { drain } from '../drain.js'
import { expectCode } from '../expect-rejection.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode } from '../sample-records.js'
import { untyped } from '../untyped.js'
import { withBackend } from '../with-backend.js'

/** The catalogue of docs/bad-input.md, as far as it comes by a backend's methods: refused, made right or kept. */
export function badInputSuite(harness: BackendHarness): void {
  describe('bad input', () => {
    it('is refused with its code, and nothing is written', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('old', { embedding: axis(0) }))
        const before = await backend.admin.fingerprint()
        let count = 0
        for (const { number, what, changes, result } of badInputs) {
          if (result === 'as it is' || typeof result === 'object') continue
          count += 1
          const node = untyped({ ...sampleNode('bad'), ...changes })
          await expectCode(result, () => backend.insertNode(node), `${number}: ${what}`)
          await expectCode(
            result,
            () => backend.insertNodes([sampleNode('good'), node]),
            `${number}: ${what}`,
          )
        }
        expect(await backend.admin.fingerprint()).toEqual(before)
        expect(count).toBeGreaterThan(40)
      }))

    it('is kept as it is, or made right, where it can be', () =>
      withBackend(harness, async (backend) => {
        let count = 0
        for (const input of badInputs) {
          if (typeof input.result === 'string' && input.result !== 'as it is') continue
          count += 1
          await expectStored(backend, input, count)
        }
        expect(count).toBeGreaterThan(30)
      }))

    it('that is only alike is kept apart: letters in two forms, in two cases, with blanks (8, 9, 15)', () =>
      withBackend(harness, async (backend) => {
        const ids = ['\u00e9', 'e\u0301', 'a', 'A', ' a', 'a ']
        await backend.insertNodes(ids.map((id, index) => sampleNode(id, { sequenceIndex: index })))
        for (const [index, id] of ids.entries()) {
          expect((await backend.getNode(acme, id))?.sequenceIndex).toBe(index)
        }
      }))

    it('that stands twice in a batch is refused (13), and a missing id derived (1)', () =>
      withBackend(harness, async (backend) => {
        const { id: _, ...withoutId } = sampleNode('')
        await expectCode('DUPLICATE_ID', () => backend.insertNodes([withoutId, withoutId]))
        expect(await backend.countNodes(acme)).toBe(0)
        await backend.insertNode(withoutId)
        expect(idsOf(await backend.getNodes(acme))).toEqual([expect.stringMatching(/^mem_[0-9a-f]{16}$/)])
      }))

    it('is no matter of the order of times (48), and no node at all is refused (16)', () =>
      withBackend(harness, async (backend) => {
        const times = { createdAt: '2024-01-02', updatedAt: '2024-01-01' }
        await backend.insertEpisodes([sampleEpisode('e', times)])
        expect(await backend.getEpisode(acme, 'e')).toMatchObject(times)
        for (const node of [null, 'node', [], [sampleNode('a')], 7]) {
          await expectCode('INVALID_NODE', () => backend.insertNodes(untyped([node])), JSON.stringify(node))
        }
        expect(await backend.countNodes(acme)).toBe(0)
      }))

    it('may change after the call without effect (59), and a getter is asked once (30)', () =>
      withBackend(harness, async (backend) => {
        const embedding = axis(5)
        let asked = 0
        const node = {
          ...sampleNode('a', { embedding }),
          get source() {
            asked += 1
            return asked === 1 ? 'first' : untyped(7)
          },
        }
        // Getting `source` above would count: a spread reads it, a literal with a getter does not.
        const inserting = backend.insertNode(node)
        embedding.fill(1)
        await inserting
        expect((await backend.getNode(acme, 'a'))?.source).toBe('first')
        expect(asked).toBe(1)
        expect([...(await backend.getEmbeddings(acme)).data]).toEqual([...axis(5)])
      }))
  })
}

/** Each of them has an owner of its own, so that none is in the way of another. */
async function expectStored(backend: MemoryBackend, input: BadInput, index: number): Promise<void> {
  const { number, what, changes, result } = input
  const scope = { tenantId: `t${index}` }
  await backend.insertNode(untyped({ ...sampleNode('given', scope), ...changes }))
  const [batch] = await drain(backend.scanNodes(scope, { withEmbeddings: true }))
  const [node] = batch?.nodes ?? []
  const stored = { ...node, vector: batch?.embeddings?.[0] && [...batch.embeddings[0]] }
  const expected = result === 'as it is' ? changes : result
  const found = Object.fromEntries(Object.keys(expected).map((key) => [key, Reflect.get(stored, key)]))
  // Long values would fill the screen: equality is asked for before it is shown.
  const isSame = JSON.stringify(found) === JSON.stringify(expected)
  if (!isSame) expect(found, `${number}: ${what}`).toEqual(expected)
  expect(node?.id !== undefined && (await backend.getNode(scope, node.id)) !== undefined).toBe(true)
}
