import type { MemoryNodeInput } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { acme, sampleNode } from '../sample-records.js'
import { untyped } from '../untyped.js'
import { withBackend } from '../with-backend.js'

const texts: readonly string[] = [
  '',
  ' ',
  '\n\r\n\t',
  'Grüße, Zażółć, 你好, مرحبا, שלום',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467} e\u0301 \u00e9 \u{1f600}',
  'nul \0 inside, \0',
  'half \ud83d of a pair, \ude00 the other, \ude00\ud83d turned round',
  '\ufffd \ufeff \u2028 \u2029 \u007f \u0085 \uffff',
  '"quotes" \'single\' `back` \\ \\\\ \\u0041 \\n %s $1 :name ?',
  "'); DROP TABLE node; --",
  '{"json": [1, 2]}',
  'NaN Infinity -Infinity null',
  'long '.repeat(20_000),
]

const timestamps: readonly string[] = [
  '2024-03-01T12:00:00',
  '2024-03-01T12:00:00.000001',
  '2024-03-01T12:00:00.123456',
  '2024-03-01 12:00:00.1',
  '2024-03-01T12:00:00Z',
  '2024-03-01T12:00:00.999999+00:00',
  '2024-03-01T12:00:00.500000-09:30',
  '2024-12-31T23:59:59+14:00',
  '0001-01-01T00:00:00',
  '9999-12-31T23:59:59.999999',
  '1969-12-31T23:59:59.999999',
  '2024-03-01',
]

/** Values come back as they went in, to the character and to the microsecond. */
export function storedValuesSuite(harness: BackendHarness): void {
  describe('stored values', () => {
    it('keeps every text in every text field', () =>
      withBackend(harness, async (backend) => {
        const fieldsOf = (text: string) => ({
          humanContent: text,
          assistantContent: `${text}!`,
          conversationId: text,
          source: text,
          intentType: text,
          clusterLabel: text,
          tags: { domains: [text], topics: [], entities: [], processes: [], [`custom ${text}`]: [text] },
          metadata: { value: text, [`key ${text}`]: 1 },
          extra: { [`future ${text}`]: text },
        })
        await backend.insertNodes(texts.map((text, index) => sampleNode(`t${index}`, fieldsOf(text))))
        for (const [index, text] of texts.entries()) {
          const node = await backend.getNode(acme, `t${index}`)
          expect(node, JSON.stringify(text.slice(0, 60))).toMatchObject(fieldsOf(text))
        }
        expect(await backend.countNodes(acme)).toBe(texts.length)
      }))

    it('keeps timestamps as they were written, and a Date as its ISO string', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(
          timestamps.map((time, index) => sampleNode(`t${index}`, { createdAt: time, lastAccessed: time })),
        )
        const date = new Date('2024-03-01T12:00:00.123Z')
        await backend.insertNode(sampleNode('date', { createdAt: date, lastAccessed: date }))
        for (const [index, time] of timestamps.entries()) {
          expect(await backend.getNode(acme, `t${index}`)).toMatchObject({
            createdAt: time,
            lastAccessed: time,
          })
        }
        expect(await backend.getNode(acme, 'date')).toMatchObject({
          createdAt: '2024-03-01T12:00:00.123Z',
          lastAccessed: '2024-03-01T12:00:00.123Z',
        })
      }))

    it('keeps numbers', () =>
      withBackend(harness, async (backend) => {
        const numbers = [
          0,
          -1,
          0.1,
          1e-7,
          123456789.123456,
          Number.MAX_SAFE_INTEGER,
          5e-324,
          1.7976931348623157e308,
        ]
        const nodes = numbers.map((number, index) =>
          sampleNode(`n${index}`, {
            clusterConfidence: number,
            technicalDepth: number,
            sequenceIndex: Number.isInteger(number) && Math.abs(number) < 2 ** 53 ? number : 0,
            metadata: { number },
          }),
        )
        await backend.insertNodes(nodes)
        for (const { id = '', clusterConfidence, sequenceIndex, metadata } of nodes) {
          const expected = { clusterConfidence, technicalDepth: clusterConfidence, sequenceIndex, metadata }
          expect(await backend.getNode(acme, id), JSON.stringify(metadata)).toMatchObject(expected)
        }
      }))

    it('keeps cluster ids of 32 bits and access counts of 53', () =>
      withBackend(harness, async (backend) => {
        const clusterIds = [-(2 ** 31), -2, -1, 0, 2 ** 31 - 1, null]
        await backend.insertNodes(
          clusterIds.map((clusterId, index) =>
            sampleNode(`c${index}`, { clusterId, accessCount: Number.MAX_SAFE_INTEGER - index }),
          ),
        )
        const nodes = await backend.getNodes(acme)
        expect(nodes.map(({ clusterId }) => clusterId)).toEqual(clusterIds)
        expect(nodes.map(({ accessCount }) => Number.MAX_SAFE_INTEGER - accessCount)).toEqual([
          0, 1, 2, 3, 4, 5,
        ])
      }))

    it('takes snake_case names and keeps unknown keys, those of Object.prototype too', () =>
      withBackend(harness, async (backend) => {
        const input: unknown = JSON.parse(
          `{"id":"s","tenant_id":"acme","user_id":"kim","human_content":"q","assistant_content":"a",
            "conversation_id":"c","has_code":true,"future":{"__proto__":{"x":1},"b":[null]},
            "constructor":"c","toString":1,"__proto__":"p","metadata":{"__proto__":[2],"hasOwnProperty":3}}`,
        )
        await backend.insertNode(untyped(input))
        const node = await backend.getNode(acme, 's')
        expect(node).toMatchObject({ userId: 'kim', humanContent: 'q', conversationId: 'c', hasCode: true })
        expect(Object.entries(node?.extra ?? {})).toEqual([
          ['future', JSON.parse('{"__proto__":{"x":1},"b":[null]}')],
          ['constructor', 'c'],
          ['toString', 1],
          ['__proto__', 'p'],
        ])
        expect(JSON.stringify(node?.metadata)).toBe('{"__proto__":[2],"hasOwnProperty":3}')
        expect(JSON.stringify(node?.extra.future)).toBe('{"__proto__":{"x":1},"b":[null]}')
      }))

    it('keeps a node of half a megabyte and one with a thousand tags', () =>
      withBackend(harness, async (backend) => {
        const humanContent = 'é'.repeat(250_000)
        const topics = Array.from({ length: 1_000 }, (_, index) => `tag ${index}`)
        const big: MemoryNodeInput = sampleNode('big', { humanContent, tags: { topics } })
        await backend.insertNodes([sampleNode('before'), big, sampleNode('after')])
        const [, node] = await backend.getNodes(acme)
        expect(node?.humanContent === humanContent, 'the content is whole').toBe(true)
        expect(node?.tags.topics).toEqual(topics)
        expect(await backend.countNodes(acme, { filter: { tags: 'tag 999' } })).toBe(1)
      }))
  })
}
