import type { SeededRandom } from '../simulated-disk/seeded-random.js'
import type { FileDamage } from './damaged-store.js'

type Contents = ReadonlyMap<string, Uint8Array>

export interface DamageSources {
  /** The store itself. */
  readonly contents: Contents
  /** The same files of another store, and of this one at an earlier time. */
  readonly foreign: readonly Contents[]
}

type Maker = (random: SeededRandom, path: string, sources: DamageSources) => Uint8Array

/** What can happen to one file, by name. */
const makers = {
  'turned bits': (random, path, { contents }) => {
    const bytes = copyOf(contents, path)
    for (let count = 1 + random.below(8); count > 0 && bytes.length > 0; count--) {
      const at = random.below(bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
    }
    return bytes
  },
  'overwritten range': (random, path, { contents }) => {
    const bytes = copyOf(contents, path)
    const at = random.below(bytes.length + 1)
    const value = random.below(3) === 0 ? () => 0 : () => random.below(256)
    for (let index = at; index < Math.min(bytes.length, at + 1 + random.below(600)); index++)
      bytes[index] = value()
    return bytes
  },
  'moved range': (random, path, { contents }) => {
    const bytes = copyOf(contents, path)
    const from = random.below(bytes.length + 1)
    return bytes.copyWithin(random.below(bytes.length + 1), from, from + 1 + random.below(600))
  },
  'exchanged frames': (random, path, { contents }) => {
    const bytes = copyOf(contents, path)
    const frames = framesOf(bytes)
    if (frames.length < 2) return bytes.subarray(0, random.below(bytes.length + 1))
    const order = frames.map((frame) => frame)
    const at = random.below(order.length)
    const choice = random.below(3)
    const [taken] = order.splice(at, 1)
    if (taken !== undefined && choice > 0) order.splice(random.below(order.length + 1), 0, taken)
    if (taken !== undefined && choice === 2) order.splice(at, 0, taken)
    return Buffer.concat([
      bytes.subarray(0, frameStart),
      ...order.map(([start, end]) => bytes.subarray(start, end)),
    ])
  },
  cut: (random, path, { contents }) =>
    copyOf(contents, path).subarray(0, random.below(contents.get(path)?.length ?? 1)),
  'added bytes': (random, path, { contents }) => {
    const tail = Uint8Array.from({ length: 1 + random.below(200) }, () => random.below(256))
    return Buffer.concat([copyOf(contents, path), tail])
  },
  'another file of the store': (random, _path, { contents }) => pick(random, [...contents.values()]),
  'the file of another time or store': (random, path, { contents, foreign }) => {
    const candidates = foreign.flatMap((others) => others.get(path) ?? [])
    return candidates.length === 0 ? copyOf(contents, path) : pick(random, candidates)
  },
} as const satisfies Readonly<Record<string, Maker>>

export type DamageKind = keyof typeof makers

export const damageKinds = Object.keys(makers) as readonly DamageKind[]

/** Damages one file, or two, in a way that the random source decides. */
export function randomDamages(
  random: SeededRandom,
  sources: DamageSources,
): { readonly kinds: readonly DamageKind[]; readonly damages: readonly FileDamage[] } {
  const paths = [...sources.contents.keys()]
  const kinds: DamageKind[] = []
  const damages: FileDamage[] = []
  for (let count = random.below(4) === 0 ? 2 : 1; count > 0; count--) {
    const kind = pick(random, damageKinds)
    const path = pick(random, kind === 'exchanged frames' ? journalsOf(paths) : paths)
    kinds.push(kind)
    damages.push({ path, content: makers[kind](random, path, sources), isDated: random.below(2) === 0 })
  }
  return { kinds, damages }
}

function journalsOf(paths: readonly string[]): readonly string[] {
  const journals = paths.filter((path) => path.endsWith('.log'))
  return journals.length === 0 ? paths : journals
}

const frameStart = 64
const frameHead = 48

/** Where each frame of a journal begins and ends. */
export function framesOf(journal: Uint8Array): readonly (readonly [start: number, end: number])[] {
  const frames: (readonly [number, number])[] = []
  const view = new DataView(journal.buffer, journal.byteOffset, journal.byteLength)
  for (let at = frameStart; at + frameHead <= journal.length; ) {
    const end = at + frameHead + Math.ceil(view.getUint32(at + 4, true) / 8) * 8
    if (end > journal.length) break
    frames.push([at, end])
    at = end
  }
  return frames
}

function copyOf(contents: Contents, path: string): Uint8Array {
  return Uint8Array.from(contents.get(path) ?? [])
}

function pick<T>(random: SeededRandom, from: readonly T[]): T {
  const value = from[random.below(from.length)]
  if (value === undefined) throw new RangeError('there is nothing to choose from')
  return value
}
