import { MemoryError } from '@holdfast/core'
import { CommitTrace } from './commit-trace.js'
import { type CrashDamage, crashDamages, type DamageLimits, sample } from './crash-damage.js'
import { crashDisk } from './crash-disk.js'
import type { Fault } from './disk-faults.js'
import { copyTree, type DiskDirectory } from './disk-nodes.js'
import { type SeededRandom, seededRandom } from './seeded-random.js'
import { SimulatedDisk } from './simulated-disk.js'

/** A store under test, its history and the model that says what it must look like. */
export interface CrashExploration<Commit, Opened> {
  readonly seed: number
  /** What is on the disk beforehand, durably. */
  readonly prepare?: (disk: SimulatedDisk) => Promise<void>
  /** Writes to the store and tells the trace. Must not reject, whatever fails. */
  readonly history: (disk: SimulatedDisk, trace: CommitTrace<Commit>) => Promise<void>
  /** Recovers. */
  readonly open: (disk: SimulatedDisk) => Promise<Opened>
  readonly close: (opened: Opened) => Promise<void>
  /** The whole state, as text. */
  readonly read: (opened: Opened) => Promise<string>
  /** The state after these commits and no others. */
  readonly model: (commits: readonly Commit[]) => string
  /** A commit that goes on after recovery; it must be there when the store is opened again. */
  readonly extend?: (opened: Opened) => Promise<Commit>
  /** More that must hold after recovery; throws when it does not. */
  readonly check?: (opened: Opened, disk: SimulatedDisk) => Promise<void>
  /** What must survive a power cut. Default `acked`. */
  readonly powerCutKeeps?: 'acked' | 'prefix'
  readonly limits?: DamageLimits
  /** Crashes within the recovery, of each crash. Default 0; a recovery after `kill` is always crashed, when above 0. */
  readonly nested?: number
  readonly faults?: readonly Fault[]
  readonly quota?: number
  /** Only crashes at the end of the history. */
  readonly onlyAtEnd?: boolean
}

/** One crash state. `call`, `moment` and `damage`, with the seed, lead to it again. */
export interface CrashPlace {
  readonly call: number
  readonly moment: 'before' | 'after'
  readonly damage: CrashDamage
  /** The crash of the recovery from that. */
  readonly inside?: CrashPlace
}

export interface CrashReport {
  readonly seed: number
  readonly calls: number
  readonly states: number
  readonly nestedStates: number
  /** Recoveries that said `CORRUPT`, which only a flipped bit allows. */
  readonly corrupt: number
  readonly outcomes: Readonly<Record<'acked' | 'rejected' | 'unknown', number>>
  readonly faultHits: number
  readonly violations: readonly string[]
}

interface CrashPoint<Commit> {
  readonly call: number
  readonly moment: 'before' | 'after'
  readonly root: DiskDirectory
  readonly allowed: (keepsAcked: boolean) => readonly (readonly Commit[])[]
}

/** Violations after which a run ends. */
const enough = 5

/**
 * Runs a history and lets the disk crash before and after each of its calls that changes anything, in many ways each
 * time. From every state the store must recover to what the model allows.
 * @param only replays one state.
 */
export async function exploreCrashes<Commit, Opened>(
  exploration: CrashExploration<Commit, Opened>,
  only?: CrashPlace,
): Promise<CrashReport> {
  const { seed, prepare, history, faults = [], quota, limits, nested = 0 } = exploration
  const random = seededRandom(seed)
  const base = new SimulatedDisk()
  await prepare?.(base)
  const root = crashDisk(base.tree.root, {
    kind: 'power',
    content: { kind: 'keep' },
    names: { kind: 'keep' },
  })
  const disk = new SimulatedDisk({ root, faults, ...(quota === undefined ? {} : { quota }) })
  const trace = new CommitTrace<Commit>()
  const points = await record(disk, trace, () => history(disk, trace))
  const counts = { states: 0, nestedStates: 0, corrupt: 0 }
  const violations: string[] = []
  const keepsAcked = ({ kind }: CrashDamage) => kind === 'kill' || exploration.powerCutKeeps !== 'prefix'
  const explore = async (point: CrashPoint<Commit>, damage: CrashDamage) => {
    const place = { call: point.call, moment: point.moment, damage }
    counts.states += 1
    const isFlipped = damage.kind === 'power' && damage.flip !== undefined
    const allowed = point.allowed(keepsAcked(damage) && !isFlipped)
    const crashed = crashDisk(point.root, damage)
    const outcome = await recover(exploration, crashed, allowed, isFlipped)
    if (outcome === 'corrupt') counts.corrupt += 1
    else if (outcome !== undefined) violations.push(describe(seed, place, outcome))
    if (nested === 0 || isFlipped) return
    for (const inside of await nestedPlaces(exploration, crashed, allowed, random, only?.inside)) {
      counts.nestedStates += 1
      const crashedAgain = crashDisk(inside.point.root, inside.damage)
      const allowedAgain = keepsAcked(inside.damage) ? (inside.shown ?? allowed) : point.allowed(false)
      const again = await recover(exploration, crashedAgain, allowedAgain, false)
      if (again === undefined) continue
      const { call, moment } = inside.point
      violations.push(describe(seed, { ...place, inside: { call, moment, damage: inside.damage } }, again))
    }
  }
  for (const point of exploration.onlyAtEnd ? points.slice(-1) : points) {
    if (only && (only.call !== point.call || only.moment !== point.moment)) continue
    for (const damage of only ? [only.damage] : crashDamages(point.root, random, limits)) {
      await explore(point, damage)
      if (violations.length >= enough) break
    }
    if (violations.length >= enough) break
  }
  return {
    seed,
    calls: disk.calls.length,
    ...counts,
    outcomes: {
      acked: trace.count('acked'),
      rejected: trace.count('rejected'),
      unknown: trace.count('unknown'),
    },
    faultHits: disk.faultHits,
    violations,
  }
}

/** Runs something and keeps the disk as it was before and after each call that changed anything, and at the end. */
async function record<Commit>(
  disk: SimulatedDisk,
  trace: CommitTrace<Commit>,
  run: () => Promise<void>,
): Promise<readonly CrashPoint<Commit>[]> {
  const points: CrashPoint<Commit>[] = []
  let seen = ''
  const keep = (call: number, moment: 'before' | 'after') => {
    const revision = `${disk.tree.revision}:${trace.revision}`
    if (revision === seen) return
    seen = revision
    const acked = trace.allowed(true)
    const all = trace.allowed(false)
    points.push({ call, moment, root: copyTree(disk.tree.root), allowed: (keeps) => (keeps ? acked : all) })
  }
  disk.observe = keep
  await run()
  disk.observe = undefined
  keep(disk.calls.length, 'before')
  return points
}

/** @returns what is wrong, `corrupt` when damage was found as it should, `undefined` when all is well. */
async function recover<Commit, Opened>(
  { open, close, read, model, extend, check }: CrashExploration<Commit, Opened>,
  root: DiskDirectory,
  allowed: readonly (readonly Commit[])[],
  mayBeCorrupt: boolean,
): Promise<string | undefined> {
  const disk = new SimulatedDisk({ root: copyTree(root) })
  try {
    const opened = await open(disk)
    const state = await read(opened)
    const found = allowed.find((commits) => model(commits) === state)
    if (found === undefined) {
      return `found ${state}, allowed ${allowed.map((commits) => model(commits)).join(' or ')}`
    }
    await check?.(opened, disk)
    const expected = extend ? [...found, await extend(opened)] : found
    await close(opened)
    const again = await open(disk)
    const stateAgain = await read(again)
    await close(again)
    if (stateAgain !== model(expected))
      return `found ${stateAgain} the second time, expected ${model(expected)}`
    return disk.openFiles.length > 0 ? `left open: ${disk.openFiles.join(', ')}` : undefined
  } catch (error) {
    if (mayBeCorrupt && error instanceof MemoryError && error.code === 'CORRUPT') {
      return disk.openFiles.length > 0 ? `left open: ${disk.openFiles.join(', ')}` : 'corrupt'
    }
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

/** Crashes within a recovery. Once it is through, what it has shown must stay. */
async function nestedPlaces<Commit, Opened>(
  exploration: CrashExploration<Commit, Opened>,
  root: DiskDirectory,
  allowed: readonly (readonly Commit[])[],
  random: SeededRandom,
  only: CrashPlace | undefined,
) {
  const { open, close, read, model, limits, nested = 0 } = exploration
  const disk = new SimulatedDisk({ root: copyTree(root) })
  let opened: Opened | undefined
  let calls = Number.POSITIVE_INFINITY
  let shown: readonly (readonly Commit[])[] = []
  const points = await record(disk, new CommitTrace<Commit>(), async () => {
    opened = await open(disk)
    calls = disk.calls.length
    const state = await read(opened)
    shown = allowed.filter((commits) => model(commits) === state)
  }).catch(() => [])
  if (opened !== undefined) await close(opened).catch(() => {})
  const chosen = only
    ? points.filter(({ call, moment }) => call === only.call && moment === only.moment)
    : new Set([...sample(points, nested, random), ...points.slice(-1)])
  return [...chosen].flatMap((point) => {
    const damages = only ? [only.damage] : sample(crashDamages(point.root, random, limits), 2, random)
    return damages.map((damage) => ({ point, damage, shown: point.call >= calls ? shown : undefined }))
  })
}

function describe(seed: number, place: CrashPlace, what: string): string {
  return `seed ${seed}, replay ${JSON.stringify(place)}: ${what}`
}
