import type { DiskDirectory } from './disk-nodes.js'
import { reachableNodes } from './disk-nodes.js'
import type { SeededRandom } from './seeded-random.js'

/**
 * What of the un-synced writes reaches the disk. `upTo`: those before an order, and of that one the first bytes.
 * `some`: each write, or each 512-byte sector of each, is kept or lost by chance. `sectors` also leaves zeros and
 * garbage in lost ones. `zeros`, `garbage`: files have grown, but hold that instead of what was written.
 */
export type ContentDamage =
  | { readonly kind: 'lose' | 'keep' | 'zeros' }
  | { readonly kind: 'upTo'; readonly order: number; readonly bytes: number }
  | { readonly kind: 'garbage' | 'some' | 'sectors'; readonly seed: number }

/** What of the un-synced names reaches the disk: those before an order, or those whose bit is set. */
export type NameDamage =
  | { readonly kind: 'lose' | 'keep' }
  | { readonly kind: 'upTo'; readonly order: number }
  | { readonly kind: 'bits'; readonly bits: number }

/**
 * What a crash does. `kill`: only the process ends, the system's cache stays. `flip`: afterwards one bit of one durable
 * file changes.
 */
export type CrashDamage =
  | { readonly kind: 'kill' }
  | {
      readonly kind: 'power'
      readonly content: ContentDamage
      readonly names: NameDamage
      readonly flip?: number
    }

export const sectorSize = 512

export interface DamageLimits {
  /** Writes, and cuts within one write. Default 8. */
  readonly cuts?: number
  /** Seeds of each random kind. Default 3. */
  readonly seeds?: number
  /** Subsets of names. Default 32; all of them when there are not more. */
  readonly names?: number
  /** Flipped bits. Default 0. */
  readonly flips?: number
}

/** The ways in which a disk could look after a crash at this moment: the same ones for the same random source. */
export function crashDamages(
  root: DiskDirectory,
  random: SeededRandom,
  { cuts = 8, seeds = 3, names: subsets = 32, flips = 0 }: DamageLimits = {},
): readonly CrashDamage[] {
  const nodes = reachableNodes(root)
  const writes = nodes.flatMap((node) => (node.kind === 'file' ? node.pending.filter(isOpen) : []))
  const nameCount = nodes.reduce(
    (sum, node) => sum + (node.kind === 'file' ? 0 : node.pending.filter(isOpen).length),
    0,
  )
  const found = new Map<string, CrashDamage>()
  const add = (content: ContentDamage, names: NameDamage, flip?: number) => {
    const damage: CrashDamage = { kind: 'power', content, names, ...(flip === undefined ? {} : { flip }) }
    found.set(JSON.stringify(damage), damage)
  }
  const seed = () => random.below(2 ** 31)
  const someNames = (): NameDamage => (nameCount === 0 ? keep : { kind: 'bits', bits: seed() })
  add(lose, lose)
  for (let index = 0; index < flips; index++) add(keep, keep, seed())
  if (writes.length + nameCount === 0) return [...found.values()]
  found.set('kill', { kind: 'kill' })
  add(keep, keep)
  if (writes.length > 0 && nameCount > 0) {
    add(lose, keep)
    add(keep, lose)
  }
  for (const { order, change } of sample(writes, cuts, random)) {
    const length = 'bytes' in change ? change.bytes.length : 0
    const start = 'bytes' in change ? change.position : 0
    const edges = [0, length, length - 1, 1 + random.below(Math.max(1, length - 1))]
    for (let edge = sectorSize - (start % sectorSize); edge < length; edge += sectorSize) edges.push(edge)
    for (const bytes of sample(
      [...new Set(edges)].filter((edge) => edge >= 0),
      cuts,
      random,
    )) {
      add({ kind: 'upTo', order, bytes }, keep)
      if (nameCount > 0) add({ kind: 'upTo', order, bytes }, { kind: 'upTo', order })
    }
  }
  if (writes.length > 0) {
    add({ kind: 'zeros' }, keep)
    for (let index = 0; index < seeds; index++) {
      add({ kind: 'garbage', seed: seed() }, someNames())
      add({ kind: 'some', seed: seed() }, someNames())
      add({ kind: 'sectors', seed: seed() }, someNames())
    }
  }
  const all = 2 ** Math.min(nameCount, 30)
  for (let index = 0; nameCount > 0 && index < Math.min(all, subsets); index++) {
    const bits = all <= subsets ? index : seed()
    add(lose, { kind: 'bits', bits })
    if (writes.length > 0) add(keep, { kind: 'bits', bits })
  }
  return [...found.values()]
}

const lose = { kind: 'lose' } as const
const keep = { kind: 'keep' } as const

function isOpen({ state }: { readonly state: string }): boolean {
  return state !== 'synced'
}

/** At most `count` of the items, by chance, in their order. */
export function sample<T>(items: readonly T[], count: number, random: SeededRandom): readonly T[] {
  let left = Math.min(count, items.length)
  return items.filter((_, index) => {
    const isTaken = random.below(items.length - index) < left
    if (isTaken) left -= 1
    return isTaken
  })
}
