import type { MemoryNodeInput, NodeFilter, ResolvedFilter } from '@holdfast/core'
import { timestampMicros } from '@holdfast/core'
import { axis, sampleNode } from './sample-records.js'
import type { SeededRandom } from './seeded-random.js'

/** A filter as a caller writes it and as core's `matchesFilter` takes it. */
export interface GeneratedFilter {
  readonly filter: NodeFilter
  readonly resolved: ResolvedFilter
}

/** Few values, so that they meet; awkward ones, so that a backend that encodes them must do it injectively. */
const words = [
  'a',
  'A',
  'ab',
  'a%',
  '%',
  '_',
  '',
  ' a',
  "a'b",
  'a\0b',
  'a\ud800',
  'a\ufffd',
  '{a,b}',
  '"a"',
  '\\',
] as const
const users = ['kim', 'Kim', 'kim%', 'lee', "o'neil"] as const
const clusters = [-1, 0, 1, 2, 2 ** 31 - 1] as const
const times = [
  '2024-03-01T12:00:00',
  '2024-03-01T12:00:00.000001',
  '2024-03-01T12:00:00Z',
  '2024-03-01T14:00:00+02:00',
  '2024-03-01T14:00:00.000001+02:00',
  '2024-03-01T11:59:59.999999',
  '1969-12-31T23:59:59.999999',
  '0001-01-01T00:00:00',
  '9999-12-31T23:59:59.999999',
  '2024-03-01',
] as const

/** Nodes whose fields are drawn from small sets. */
export function generatedNodes(random: SeededRandom, count: number): readonly MemoryNodeInput[] {
  const chance = () => random.below(2) === 0
  return Array.from({ length: count }, (_, index) =>
    sampleNode(`n${index}`, {
      userId: chance() ? random.pick(users) : null,
      conversationId: random.pick(words),
      source: random.pick(words),
      clusterId: chance() ? random.pick(clusters) : null,
      tags: {
        topics: chance() ? [random.pick(words), random.pick(words)] : [],
        ...(chance() ? { [random.pick(words)]: [random.pick(words)] } : {}),
      },
      hasCode: chance(),
      hasError: chance(),
      createdAt: random.pick(times),
      embedding: chance() ? random.vector(8) : axis(0),
    }),
  )
}

/** A filter over one or more fields, each as a single value or as a list. */
export function generatedFilter(random: SeededRandom): GeneratedFilter {
  const filter: Record<string, unknown> = {}
  const resolved: Record<string, unknown> = {}
  const list = <T>(name: string, pick: () => T) => {
    const values = Array.from({ length: random.below(4) }, pick)
    const single = values.length === 1 && random.below(2) === 0
    filter[name] = single ? values[0] : values
    resolved[name] = values
  }
  const fields = {
    ids: () => list('ids', () => random.pick(['n0', 'n1', 'n10', 'n%', 'n_', 'N1', `n${random.below(60)}`])),
    userId: () => list('userId', () => random.pick(users)),
    conversationId: () => list('conversationId', () => random.pick(words)),
    source: () => list('source', () => random.pick(words)),
    clusterId: () => list('clusterId', () => random.pick([...clusters, 7, 2 ** 40, -(2 ** 53) + 1])),
    tags: () => list('tags', () => random.pick(words)),
    hasCode: () => both('hasCode', random.below(2) === 0),
    hasError: () => both('hasError', random.below(2) === 0),
    createdAfter: () => moment('createdAfter'),
    createdBefore: () => moment('createdBefore'),
  }
  const both = (name: string, value: unknown) => {
    filter[name] = value
    resolved[name] = value
  }
  const moment = (name: string) => {
    const time = random.pick(times)
    filter[name] = time
    resolved[name] = timestampMicros(time)
  }
  const [first, ...names] = Object.values(fields)
  for (let i = 0; i <= random.below(3); i++) if (first) random.pick([first, ...names])()
  return { filter, resolved }
}
