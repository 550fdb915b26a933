import type {
  ClusterAssignment,
  EpisodicMemoryInput,
  MemoryNodeInput,
  NodePatch,
  OnConflict,
  Scope,
} from '@holdfast/core'
import { type SeededRandom, seededRandom } from '../simulated-disk/seeded-random.js'

/** One write, as a backend takes it. */
export type Operation =
  | { readonly method: 'insertNode'; readonly args: readonly [MemoryNodeInput] }
  | { readonly method: 'insertNodes'; readonly args: readonly [readonly MemoryNodeInput[], Conflict] }
  | { readonly method: 'updateNode'; readonly args: readonly [Scope, string, NodePatch] }
  | { readonly method: 'deleteNodes'; readonly args: readonly [Scope, readonly string[]] }
  | { readonly method: 'deleteScope'; readonly args: readonly [Scope] }
  | { readonly method: 'recordAccess'; readonly args: readonly [Scope, readonly string[]] }
  | { readonly method: 'assignClusters'; readonly args: readonly [Scope, readonly ClusterAssignment[]] }
  | { readonly method: 'insertEpisodes'; readonly args: readonly [readonly EpisodicMemoryInput[], Conflict] }
  | { readonly method: 'deleteEpisodes'; readonly args: readonly [Scope, readonly string[]] }

interface Conflict {
  readonly onConflict: OnConflict
}

export const dimensions = 8
export const tenants = ['t0', 't1', 't2'] as const
export const users = ['u0', 'u1'] as const

const owners = [...tenants, ...users]
const nodesOfOwner = 24
const episodesOfOwner = 8
const createdAt = '2025-01-02T03:04:05.123456'

/** How often each operation comes, of the sum of all. */
const weights: Readonly<Record<Operation['method'], number>> = {
  insertNode: 18,
  insertNodes: 22,
  updateNode: 14,
  deleteNodes: 10,
  recordAccess: 10,
  assignClusters: 8,
  insertEpisodes: 9,
  deleteEpisodes: 4,
  deleteScope: 1,
}
const methods = Object.keys(weights) as readonly Operation['method'][]

/**
 * Operation `n` of the history of a seed. It depends on nothing else, so that it can be done again at any time. Every
 * text and every vector names `n`: no two operations write the same.
 */
export function operationAt(seed: number, n: number): Operation {
  const random = seededRandom(Math.imul(seed, 0x85ebca6b) ^ Math.imul(n + 1, 0x9e3779b1))
  const owner = pick(random, owners)
  const method = pickMethod(random)
  switch (method) {
    case 'insertNode':
      return { method, args: [node(random, n, nodeId(random, owner))] }
    case 'insertNodes': {
      const ids = nodeIds(random, owner, 6)
      // Now and then a batch has records of two owners.
      if (random.below(5) === 0) ids.push(...nodeIds(random, pick(random, others(owner)), 3))
      return { method, args: [ids.map((id) => node(random, n, id)), conflict(random)] }
    }
    case 'updateNode':
      return { method, args: [scopeFor(random, owner), nodeId(random, owner), patch(random, n)] }
    case 'deleteNodes':
      return { method, args: [scopeFor(random, owner), nodeIds(random, owner, 3)] }
    case 'deleteScope':
      return { method, args: [scopeFor(random, owner)] }
    case 'recordAccess':
      return { method, args: [scopeFor(random, owner), nodeIds(random, owner, 4)] }
    case 'assignClusters': {
      const entries = nodeIds(random, owner, 6).map((id) => assignment(random, n, id))
      return { method, args: [scopeFor(random, owner), entries] }
    }
    case 'insertEpisodes': {
      const ids = distinct(random, 2, () => `${owner}-e${random.below(episodesOfOwner)}`)
      return { method, args: [ids.map((id) => episode(random, n, owner, id)), conflict(random)] }
    }
    case 'deleteEpisodes': {
      const ids = distinct(random, 2, () => `${owner}-e${random.below(episodesOfOwner)}`)
      return { method, args: [scopeFor(random, owner), ids] }
    }
    default:
      return method satisfies never
  }
}

/** Whose record an id is, which never changes; some records of tenants belong to a user too. */
export function ownerOfId(id: string): { readonly tenantId: string | null; readonly userId: string | null } {
  const [owner = '', rest = ''] = id.split('-')
  if (owner.startsWith('u')) return { tenantId: null, userId: owner }
  const number = Number(rest.replace('e', ''))
  return { tenantId: owner, userId: [null, ...users][number % 3] ?? null }
}

function pickMethod(random: SeededRandom): Operation['method'] {
  let left = random.below(methods.reduce((sum, method) => sum + weights[method], 0))
  for (const method of methods) {
    left -= weights[method]
    if (left < 0) return method
  }
  throw new RangeError('the weights do not add up')
}

function node(random: SeededRandom, n: number, id: string): MemoryNodeInput {
  return {
    id,
    ...ownerOfId(id),
    createdAt,
    humanContent: text(random, `${id} of ${n}`),
    assistantContent: '',
    metadata: { n },
    ...(random.below(4) === 0 ? { clusterId: random.below(5) - 1 } : {}),
    ...(random.below(6) === 0 ? {} : { embedding: vector(random, n) }),
  }
}

function episode(random: SeededRandom, n: number, owner: string, id: string): EpisodicMemoryInput {
  return {
    id,
    ...ownerOfId(id),
    createdAt,
    updatedAt: createdAt,
    title: text(random, `${id} of ${n}`),
    messages: [{ role: 'human', content: `message of ${n}` }],
    memoryNodeIds: nodeIds(random, owner, 3),
    ...(random.below(4) === 0 ? {} : { embedding: vector(random, n) }),
  }
}

function patch(random: SeededRandom, n: number): NodePatch {
  const content = random.below(3) > 0 ? { humanContent: text(random, `patch ${n}`) } : {}
  const cluster = random.below(3) === 0 ? { clusterId: random.below(5) - 1 } : {}
  const embedding = [{}, { embedding: vector(random, n) }, { embedding: null }][random.below(3)]
  return { metadata: { n }, ...content, ...cluster, ...embedding }
}

function assignment(random: SeededRandom, n: number, id: string): ClusterAssignment {
  const label = random.below(2) === 0 ? { label: `cluster of ${n}` } : {}
  return {
    id,
    clusterId: random.below(6) - 1,
    ...label,
    ...(random.below(2) === 0 ? { confidence: 0.5 } : {}),
  }
}

/** Mostly short; now and then longer than a page of the disk. */
function text(random: SeededRandom, start: string): string {
  const length = random.below(12) === 0 ? 3_000 + random.below(6_000) : random.below(120)
  return `${start} ${pick(random, ['x', 'é', '語', '🙂', '"\\\n'] as const).repeat(length)}`
}

/** Whole numbers, which float32 and JSON keep as they are. */
function vector(random: SeededRandom, n: number): readonly number[] {
  return [n + 1, ...Array.from({ length: dimensions - 1 }, () => random.below(17) - 8)]
}

/** The owner's own scope, or that of a user who has records with this owner. */
function scopeFor(random: SeededRandom, owner: string): Scope {
  if (owner.startsWith('u')) return { userId: owner }
  return random.below(4) === 0 ? { userId: pick(random, users) } : { tenantId: owner }
}

function conflict(random: SeededRandom): Conflict {
  return { onConflict: pick(random, ['error', 'ignore', 'replace', 'replace'] as const) }
}

function nodeId(random: SeededRandom, owner: string): string {
  return `${owner}-${random.below(nodesOfOwner)}`
}

function nodeIds(random: SeededRandom, owner: string, most: number): string[] {
  return distinct(random, most, () => nodeId(random, owner))
}

function distinct(random: SeededRandom, most: number, make: () => string): string[] {
  return [...new Set(Array.from({ length: 1 + random.below(most) }, make))]
}

function others(owner: string): readonly string[] {
  return owners.filter((other) => other !== owner)
}

function pick<T>(random: SeededRandom, from: readonly T[]): T {
  const value = from[random.below(from.length)]
  if (value === undefined) throw new RangeError('there is nothing to choose from')
  return value
}
