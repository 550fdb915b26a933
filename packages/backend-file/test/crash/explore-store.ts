import { crc32 } from 'node:zlib'
import { MemoryError } from '@holdfast/core'
import type { FileSystem } from '../../src/disk/file-system.js'
import type { Durability } from '../../src/journal/durability.js'
import { CommitTrace } from '../simulated-disk/commit-trace.js'
import { type CrashDamage, crashDamages, type DamageLimits, sample } from '../simulated-disk/crash-damage.js'
import { crashDisk } from '../simulated-disk/crash-disk.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { type CrashPoint, CrashRecorder } from './crash-recorder.js'
import { imageOf } from './disk-image.js'
import { mortalProcess } from './mortal-process.js'
import { dataDir, neverCompacts, openSimulated } from './simulated-store.js'
import { type Prepare, StateBook } from './state-book.js'
import { type History, runHistory, writesOf } from './store-history.js'
import { insert, node } from './tiny-writes.js'
import { type AllowedStates, variantOf, verifyCrash } from './verify-crash.js'

/** A history of a store, and how thoroughly crashes in it are looked at. */
export interface StoreExploration extends History {
  readonly seed: number
  readonly prepare?: Prepare
  readonly durability?: Durability
  readonly smallJournal?: number
  readonly smallTexts?: number
  /** What stands between the store and the disk. */
  readonly through?: (disk: FileSystem) => FileSystem
  /** What stands between the two while the history runs, and only then. */
  readonly pace?: (disk: FileSystem) => FileSystem
  readonly limits?: DamageLimits
  /**
   * Of how many power cuts at each place the recovery is crashed too, and at how many places of that; after the end of a
   * process it always is. Default 1, 3.
   */
  readonly nested?: number
  readonly nestedPoints?: number
  /** In how many ways at each of those. Default 2. */
  readonly nestedDamages?: number
  /** Violations after which it ends. Default 3. */
  readonly enough?: number
}

/** One crash. With the seed and the history it leads to the same state again. */
export interface CrashPlace {
  readonly call: number
  readonly moment: 'before' | 'after'
  readonly damage: CrashDamage
  /** The crash of what happens after that one. */
  readonly inside?: CrashPlace
}

export interface StoreReport {
  readonly calls: number
  /** Crashes, those in recoveries among them. */
  readonly crashes: number
  /** Different disks that they left, each of which was recovered. */
  readonly states: number
  /** How many of these come from a crash in a recovery. */
  readonly nested: number
  readonly outcomes: Readonly<Record<'acked' | 'rejected' | 'unknown', number>>
  readonly violations: readonly string[]
}

/**
 * Runs a history and lets the disk crash before and after each of its calls that changes anything, in many ways each
 * time. After each crash the store must show what the model allows: see `verifyCrash`.
 * @param only replays one crash.
 */
export async function exploreStore(exploration: StoreExploration, only?: CrashPlace): Promise<StoreReport> {
  const {
    seed,
    name,
    steps,
    limits,
    nested = 1,
    nestedPoints = 3,
    nestedDamages = 2,
    enough = 3,
  } = exploration
  const { durability = 'full', smallJournal = neverCompacts, smallTexts = 2 ** 20 } = exploration
  const { prepare = async () => {}, through = (disk) => disk, pace = (disk) => disk } = exploration
  const random = seededRandom(seed)
  const writes = writesOf(steps)
  const later = [1, 2].map((depth) => insert([node(`later ${depth}`, { tenantId: 'acme' })]))
  const book = new StateBook(prepare, [...writes, ...later])
  const trace = new CommitTrace<number>()
  const disk = await preparedDisk(prepare)
  const recorder = new CrashRecorder(disk, () => ({
    revision: `${trace.revision}`,
    take: (): AllowedStates => ({
      afterKill: trace.allowed(true),
      afterPowerCut: trace.allowed(durability === 'full'),
    }),
  }))
  const open = async () => {
    const process = mortalProcess(pace(through(disk)))
    const world = { bootId: bootId(), smallJournal, smallTexts }
    return { backend: await openSimulated(process.files, world, { durability }), kill: process.kill }
  }
  const violations: string[] = []
  const onFailure = (error: unknown, call: string) => {
    if (call === 'write' && error instanceof MemoryError && error.code === 'DUPLICATE_ID') return
    violations.push(`seed ${seed}, ${name}: ${call} failed without a crash: ${error}`)
  }
  await runHistory(steps, { open, trace, onFailure })
  recorder.finish()
  // All states that may have been published are asked for before the first of them is looked for.
  await book.after(trace.allowed(false).at(-1) ?? [])

  const counts = { crashes: 0, states: 0, nested: 0 }
  const seen = new Set<string>()
  const crash = async (
    point: CrashPoint<AllowedStates>,
    damage: CrashDamage,
    where: { readonly outer?: CrashPlace; readonly records: boolean },
  ): Promise<readonly CrashPoint<AllowedStates>[]> => {
    const { outer, records } = where
    counts.crashes += 1
    const root = crashDisk(point.root, damage)
    const isSameBoot = damage.kind === 'kill'
    const allowed = isSameBoot ? point.note.afterKill : point.note.afterPowerCut
    const image = `${isSameBoot ? `killed ${counts.crashes}` : imageOf(root)}\n${JSON.stringify(allowed)}`
    if (seen.has(image) && !records) return []
    if (!seen.has(image)) {
      counts.states += 1
      if (outer) counts.nested += 1
    }
    seen.add(image)
    const place: CrashPlace = { call: point.call, moment: point.moment, damage }
    const full = outer ? { ...outer, inside: place } : place
    const depth = outer ? 1 : 0
    const variant = variantOf(crc32(JSON.stringify(full)))
    // A power cut ends the start of the machine that it happens in.
    const starts = [damage, ...(outer ? [outer.damage] : [])].filter(({ kind }) => kind === 'power')
    const next = { commit: writes.length + depth, write: later[depth] ?? failLoudly }
    try {
      return await verifyCrash(
        {
          root,
          allowed,
          allowedAfterPowerCut: point.note.afterPowerCut,
          bootId: bootId(starts.length),
          next,
          variant,
        },
        { book, durability, smallJournal, smallTexts, through, records },
      )
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
      violations.push(`seed ${seed}, ${name}, replay ${JSON.stringify(full)}: ${what}`)
      return []
    }
  }
  const explore = async (point: CrashPoint<AllowedStates>) => {
    const damages = only ? [only.damage] : crashDamages(point.root, random, limits)
    const recorded = new Set(sample(damages, nested, random))
    for (const damage of damages) {
      if (violations.length >= enough) return
      // What only the system's cache holds is where a recovery has most to do.
      const isChosen = damage.kind === 'kill' || recorded.has(damage)
      const records = only ? only.inside !== undefined : isChosen
      const points = await crash(point, damage, { records })
      const outer = { call: point.call, moment: point.moment, damage }
      const inside = only?.inside
      const chosen = inside
        ? points.filter(({ call, moment }) => call === inside.call && moment === inside.moment)
        : sample(points, nestedPoints, random)
      for (const again of chosen) {
        const more = inside
          ? [inside.damage]
          : sample(crashDamages(again.root, random, limits), nestedDamages, random)
        for (const damageAgain of more) await crash(again, damageAgain, { outer, records: false })
      }
    }
  }
  for (const point of recorder.points) {
    if (only && (only.call !== point.call || only.moment !== point.moment)) continue
    await explore(point)
  }
  return {
    calls: disk.calls.length,
    ...counts,
    outcomes: {
      acked: trace.count('acked'),
      rejected: trace.count('rejected'),
      unknown: trace.count('unknown'),
    },
    violations,
  }
}

function bootId(powerCuts = 0): string {
  return `after ${powerCuts} power cuts`
}

const failLoudly = () => Promise.reject(new RangeError('no write is left'))

/** A disk on which all that was there beforehand is durable. */
export async function preparedDisk(
  prepare: Prepare,
  options: ConstructorParameters<typeof SimulatedDisk>[0] = {},
): Promise<SimulatedDisk> {
  const base = new SimulatedDisk()
  await base.mkdir(dataDir)
  await prepare(base)
  const root = crashDisk(base.tree.root, {
    kind: 'power',
    content: { kind: 'keep' },
    names: { kind: 'keep' },
  })
  return new SimulatedDisk({ ...options, root })
}
