import { crc32 } from 'node:zlib'
import type { JournalOperation } from '../../src/journal/journal-operation.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'

/** The operations of a transaction that is known by its number: the same ones each time, of many sizes. */
export function sampleOperations(number: number): readonly JournalOperation[] {
  const random = seededRandom(number + 1)
  const owner = { tenantId: random.below(2) ? 'acme' : null, userId: 'ü'.repeat(random.below(4)) + number }
  const sizes = [3, 40, 400, 1500, 6000] as const
  const size = sizes[number % sizes.length] ?? 3
  const text = JSON.stringify({ id: `n${number}`, content: 'x'.repeat(size) })
  const vector =
    random.below(3) === 0 ? undefined : Float32Array.from({ length: 8 }, () => random.below(1000) / 7)
  const put: JournalOperation = {
    type: 'put',
    kind: random.below(2) ? 'nodes' : 'episodes',
    owner,
    id: `n${number}`,
    text,
    vector,
    clusterId: random.below(2) ? number - 1 : null,
    position: number + 1,
  }
  const others: readonly JournalOperation[] = [
    { type: 'delete', kind: 'nodes', ownerKey: 't:acme', id: `n${number - 1}` },
    {
      type: 'overlay',
      ownerKey: 't:acme',
      id: `n${number}`,
      access: { count: number, lastAccessed: '2025-01-01T00:00:00Z' },
      cluster: undefined,
    },
    { type: 'settings', dimensions: 8, embeddingModel: { provider: 'p', model: 'm', dimensions: 8 } },
  ]
  return [put, ...others.slice(0, number % 4)]
}

/** A short text that is another one for other operations. */
export function fingerprint(operations: readonly JournalOperation[]): string {
  const text = JSON.stringify(operations, (_, value: unknown) =>
    value instanceof Float32Array ? Buffer.from(value.buffer).toString('hex') : value,
  )
  return crc32(text).toString(36)
}

const known = new Map<number, string>()

/** What a journal with these transactions and no others looks like. */
export function modelOf(numbers: readonly number[]): string {
  return numbers
    .map((number) => {
      const text = known.get(number) ?? fingerprint(sampleOperations(number))
      known.set(number, text)
      return text
    })
    .join(' ')
}
