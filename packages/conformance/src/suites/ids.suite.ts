import { createHash } from 'node:crypto'
import { describe, expect, it } from '#test'
import { alikeIds } from '../alike-ids.js'
import type { BackendHarness } from '../backend-harness.js'
import { acme, sampleNode } from '../sample-records.js'
import { withBackend } from '../with-backend.js'
import { idsInCalls } from './ids-in-calls.suite.js'

/** Ids that are derived, and ids that look alike. */
export function idsSuite(harness: BackendHarness): void {
  describe('ids', () => {
    it('derives an absent id from the first 100 code points of the question', () =>
      withBackend(harness, async (backend) => {
        const starts = ['short', 'x'.repeat(150), `${'y'.repeat(99)}\u{1f600}z`, '\u{1f600}'.repeat(101)]
        for (const [sequenceIndex, humanContent] of starts.entries()) {
          const node = {
            humanContent,
            assistantContent: '',
            conversationId: 'c:1',
            sequenceIndex,
            tenantId: 'acme',
          }
          await backend.insertNode(node)
          const hashed = `c:1:${sequenceIndex}:${Array.from(humanContent).slice(0, 100).join('')}`
          expect((await backend.getNode(acme, derivedId(hashed)))?.humanContent).toBe(humanContent)
        }
        expect(await backend.countNodes(acme)).toBe(starts.length)
        // A value from sha256sum, so that the expectation does not depend on the code above alone.
        expect(derivedId(':0:q')).toBe('mem_a522c0414d03fac1')
      }))

    it('has nothing under an id that was never inserted', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('abc'))
        for (const id of [
          'ab',
          'abcd',
          'ABC',
          'ab%',
          'ab_',
          '*',
          '',
          ' abc',
          'abc ',
          'a\0c',
          '\ud83d',
          "'",
          '__proto__',
        ]) {
          expect(await backend.getNode(acme, id), JSON.stringify(id)).toBeUndefined()
        }
        expect((await backend.getNode(acme, 'abc'))?.id).toBe('abc')
      }))

    it('keeps ids that look alike apart', () =>
      withBackend(harness, async (backend) => {
        const ids = alikeIds
        await backend.insertNodes(ids.map((id, index) => sampleNode(id, { sequenceIndex: index })))
        for (const [index, id] of ids.entries()) {
          expect(await backend.getNode(acme, id), JSON.stringify(id)).toMatchObject({
            id,
            sequenceIndex: index,
          })
        }
        expect((await backend.getNodes(acme)).map(({ id }) => id)).toEqual(ids)
      }))

    idsInCalls(harness)
  })
}

function derivedId(text: string): string {
  return `mem_${createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16)}`
}
