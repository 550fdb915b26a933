import fc from 'fast-check'
import { moments } from './rankings.js'

/** Small sets, so that values meet; some that a backend has to encode, and some that it has to refuse. */
export const ids = ['a', 'b', 'A', 'a%', 'é', "o'id", '__proto__'] as const
const tenants = ['acme', 'acm', 'acme%', 'kim'] as const
const users = ['kim', 'lee', 'acme'] as const
const texts = ['web', 'WEB', 'w%', '', 'a\0b', 'half \ud83d', '{"a",b}'] as const
const words = ['red', 'green', 'blue', 'red red', 'Green, blue!', ''] as const

const rarely = <T>(usual: fc.Arbitrary<T>, seldom: fc.Arbitrary<T>, every = 30): fc.Arbitrary<T> =>
  fc.oneof({ weight: every - 1, arbitrary: usual }, { weight: 1, arbitrary: seldom })

export const id = rarely(fc.constantFrom<string>(...ids), fc.constantFrom('', 'a\0', '\ud800', 'nowhere'), 20)
/** An id of a record that is inserted; most are right. */
const newId = rarely(fc.constantFrom<string>(...ids), fc.constantFrom('', 'a\0', '\ud800'), 60)

export const vector = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 3, maxLength: 3 })
const wrongVector = fc.constantFrom<number[][]>([1, 2], [1, 2, 3, 4])

const owner = rarely<Readonly<Record<string, unknown>>>(
  fc.oneof(
    fc.record({ tenantId: fc.constantFrom(...tenants) }),
    fc.record({ tenantId: fc.constantFrom(...tenants), userId: fc.constantFrom(...users) }),
    fc.record({ userId: fc.constantFrom(...users) }),
    fc.record({ tenantId: fc.constantFrom(null, ''), userId: fc.constantFrom(...users) }),
  ),
  fc.constantFrom({}, { tenantId: '', userId: null }, { tenantId: 'acme\0' }),
  60,
)

export const scope: fc.Arbitrary<unknown> = rarely<unknown>(
  fc.oneof(
    fc.record({ tenantId: fc.constantFrom(...tenants) }),
    fc.record({ userId: fc.constantFrom(...users) }),
    fc.record({ tenantId: fc.constantFrom(...tenants), userId: fc.constantFrom(...users) }),
  ),
  fc.constantFrom<unknown>(
    {},
    { tenantId: '' },
    { tenantId: null, userId: '' },
    { tenantId: 'acme\0' },
    { userId: 'half \ud83d' },
    { tenant_id: 'acme' },
    { tenantId: 7 },
    null,
    'acme',
  ),
  12,
)

/** Every scope that can see something. */
export const allScopes: readonly unknown[] = [
  ...tenants.map((tenantId) => ({ tenantId })),
  ...users.map((userId) => ({ userId })),
]

const node = fc
  .tuple(
    fc.record(
      {
        id: newId,
        humanContent: fc.constantFrom(...words),
        assistantContent: fc.constantFrom(...words),
        createdAt: fc.constantFrom(...moments.keys()),
      },
      { noNullPrototype: true },
    ),
    fc.record(
      {
        source: fc.constantFrom(...texts),
        conversationId: fc.constantFrom(...texts),
        clusterId: fc.constantFrom(-1, 0, 1, 2 ** 31 - 1, null),
        clusterLabel: fc.constantFrom(...texts),
        tags: fc.dictionary(
          fc.constantFrom('topics', 'mine'),
          fc.array(fc.constantFrom(...texts), { maxLength: 2 }),
          {
            noNullPrototype: true,
          },
        ),
        hasCode: fc.boolean(),
        hasError: fc.boolean(),
        accessCount: fc.constantFrom(0, 3),
        metadata: fc.constantFrom({}, { text: 'nul \0 and \ud83d' }, { number: 1e21, list: [0.1, null] }),
        extra: fc.constantFrom({}, { future: [1] }),
        embedding: rarely<unknown>(vector, fc.oneof(wrongVector, fc.constant([1, Number.NaN, 0]))),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
    owner,
  )
  .map(([fixed, free, owned]) => ({ ...fixed, ...free, ...owned }))

/** Nodes to insert; a few batches hold one without a question. */
export const nodes = rarely<readonly Readonly<Record<string, unknown>>[]>(
  fc.array(node, { maxLength: 5 }),
  node.map(({ humanContent: _, ...rest }) => [rest]),
)

const episode = fc
  .tuple(
    fc.record({ id: newId, createdAt: fc.constantFrom(...moments.keys()) }, { noNullPrototype: true }),
    fc.constantFrom([], [{ role: 'human', content: 'q \0' }]),
    fc.record(
      { title: fc.constantFrom(...texts), embedding: rarely(vector, wrongVector) },
      { requiredKeys: [], noNullPrototype: true },
    ),
    owner,
  )
  .map(([fixed, messages, free, owned]) => ({ ...fixed, messages, ...free, ...owned }))

export const episodes = fc.array(episode, { maxLength: 3 })

export const patch = rarely<Readonly<Record<string, unknown>>>(
  fc.record(
    {
      source: fc.constantFrom(...texts),
      humanContent: fc.constantFrom(...words),
      createdAt: fc.constantFrom(...moments.keys()),
      clusterId: fc.constantFrom(-1, 0, 5, null),
      hasCode: fc.boolean(),
      accessCount: fc.constantFrom(0, 7),
      metadata: fc.constantFrom({}, { only: 'this' }),
      extra: fc.constantFrom({}, { future: 2 }, { other: null }),
      embedding: fc.oneof(vector, fc.constant(null)),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
  fc.constantFrom<Readonly<Record<string, unknown>>[]>(
    { id: 'x' },
    { source: 'x', userId: 'lee' },
    { embedding: [1, 2] },
  ),
)

const listOrOne = <T>(values: readonly T[]) =>
  fc.oneof(fc.constantFrom(...values), fc.array(fc.constantFrom(...values), { maxLength: 3 }))

export const filter: fc.Arbitrary<unknown> = rarely<unknown>(
  fc.record(
    {
      ids: listOrOne([...ids, 'a\0']),
      userId: listOrOne(users),
      conversationId: listOrOne(texts),
      source: listOrOne(texts),
      clusterId: listOrOne([-1, 0, 1, 2 ** 40]),
      tags: listOrOne(texts),
      hasCode: fc.boolean(),
      hasError: fc.boolean(),
      createdAfter: fc.constantFrom(...moments.keys()),
      createdBefore: fc.constantFrom(...moments.keys()),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
  fc.constantFrom<unknown>({ tenantId: 'acme' }, { source: undefined }, { hasCode: null }),
)

/** What searches ask for. */
export const query = rarely(vector, wrongVector)
export const searchText = fc.constantFrom(...words, 'red blue', 'nothing', 'green green')
