import { ifPresent, systemCode } from '../../src/disk/disk-failure.js'
import { DirectoryLock, type DirectoryLockOptions } from '../../src/lock/directory-lock.js'
import type { SeededRandom } from '../simulated-disk/seeded-random.js'
import { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { type Machine, scheduledWorld } from './scheduled-world.js'
import { identityOf, processes, SimulatedProcess } from './simulated-processes.js'

/** A file that somebody has left who is dead by now. */
export interface LeftOver {
  readonly name: string
  readonly record: 'damaged' | { readonly nonce: string; readonly hasKernelLock: boolean }
}

export interface HeldLock {
  assertHeld(): Promise<void>
  release(): Promise<void>
}

export interface ScheduleOptions {
  readonly random: SeededRandom
  readonly leftOvers: readonly LeftOver[]
  /** For each process that takes part: whether it can get a kernel lock. */
  readonly contenders: readonly boolean[]
  readonly hasLinks: boolean
  /** Default: the lock of this package. Rejects with `LOCKED`. */
  readonly take?: (world: DirectoryLockOptions) => Promise<HeldLock>
}

export interface ScheduleReport {
  readonly violations: readonly string[]
  readonly steps: number
  readonly holds: number
  readonly kills: number
  /** Names of files that were replaced. */
  readonly replaced: readonly string[]
}

const dataDir = '/data'
const holdfast = `${dataDir}/.holdfast`
const maxKills = 2
const maxSteps = 20_000

/** Lets processes race for one lock, call by call, in an order and with deaths that the random numbers give. */
export async function runSchedule(options: ScheduleOptions): Promise<ScheduleReport> {
  const { random, contenders, hasLinks, take = DirectoryLock.take } = options
  const disk = new SimulatedDisk()
  await disk.mkdir(dataDir)
  await leave(disk, options.leftOvers)
  processes.clear()
  const violations: string[] = []
  const replaced: string[] = []
  const holders = new Set<SimulatedProcess>()
  const onRename = (to: string) => void replaced.push(to.slice(holdfast.length + 1))
  const machine: Machine = { disk, hasLinks, dataDir, kernelHolder: undefined, onRename }
  let [steps, holds, kills] = [0, 0, 0]

  const start = (canLockInKernel: boolean, attempts: number) => {
    const pid = 100 + processes.size
    const process = new SimulatedProcess(pid, async (self) => {
      const world = scheduledWorld(machine, self, canLockInKernel)
      for (let attempt = 0; attempt < attempts; attempt++) {
        const lock = await take(world).catch((error: unknown) => {
          if (systemCode(error) !== 'LOCKED') throw error
        })
        if (lock === undefined) continue
        holds += 1
        holders.add(self)
        await lock.assertHeld()
        await sweep(world)
        await lock.assertHeld()
        holders.delete(self)
        return lock.release()
      }
    })
    processes.set(pid, process)
    return process
  }
  const step = async (process: SimulatedProcess) => {
    steps += 1
    await process.run()
    if (process.failure !== undefined) violations.push(`${process.pid} failed: ${String(process.failure)}`)
    const living = [...holders].filter(({ canRun }) => canRun)
    if (living.length > 1) violations.push(`held by ${living.map(({ pid }) => pid).join(' and ')}`)
    if (steps > maxSteps) violations.push('goes on for ever')
  }

  for (const canLockInKernel of contenders) start(canLockInKernel, 2)
  // Half of the schedules are evenly mixed; in the others one process runs for long and few changes come at bad times.
  const isMixed = random.below(2) === 0
  let chosen: SimulatedProcess | undefined
  while (violations.length === 0) {
    const runnable = [...processes.values()].filter(({ canRun }) => canRun)
    if (!chosen?.canRun || isMixed || random.below(12) === 0) chosen = runnable[random.below(runnable.length)]
    if (chosen === undefined) break
    if (kills < maxKills && random.below(25) === 0) {
      kills += 1
      chosen.kill()
      start(contenders[random.below(contenders.length)] ?? false, 2)
    } else await step(chosen)
  }
  if (violations.length > 0) return { violations, steps, holds, kills, replaced }

  // Nobody is left: who comes now gets it at once and leaves nothing behind. Without links, a process that died while
  // writing its name is only known to be dead where there is a kernel lock.
  const last = start(contenders.includes(true) || !hasLinks, 1)
  const before = holds
  while (last.canRun && violations.length === 0) await step(last)
  if (holds === before) violations.push('nobody has it, and nobody gets it')
  const left = await ifPresent(() => disk.readdir(holdfast))
  if (left !== undefined) violations.push(`left behind: ${left.join(', ')}`)
  return { violations, steps, holds, kills, replaced }
}

async function leave(disk: SimulatedDisk, leftOvers: readonly LeftOver[]): Promise<void> {
  if (leftOvers.length > 0) await disk.mkdir(holdfast)
  for (const { name, record } of leftOvers) {
    const text = record === 'damaged' ? '{' : JSON.stringify({ ...identityOf(1), ...record })
    const file = await disk.open(`${holdfast}/${name}`, 'create')
    await file.write(Buffer.from(text), 0)
    await file.close()
  }
}

/** Whoever has opened a store removes all that lies beside the owner file, the claims of others too. */
async function sweep({ files }: DirectoryLockOptions): Promise<void> {
  for (const name of await files.readdir(holdfast)) {
    if (name.startsWith('owner.json.')) await ifPresent(() => files.unlink(`${holdfast}/${name}`))
  }
}
