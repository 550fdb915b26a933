import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { outOfResources, systemCode } from '../disk/disk-failure.js'
import { type ProcessStat, parseProcessStat } from './process-stat.js'

/** What tells a process from every other one, before and after a restart of the machine. */
export interface ProcessIdentity {
  readonly pid: number
  readonly host: string
  /** Ticks after boot at which it started; `null` where the system does not tell. */
  readonly startTime: string | null
  readonly bootId: string | null
  /** Two containers may have the same pid for different processes. */
  readonly pidNamespace: string | null
}

let own: Promise<ProcessIdentity> | undefined

/** Who we are. Rejects as long as the system has no descriptor or memory for the answer. */
export function ownIdentity(): Promise<ProcessIdentity> {
  own ??= readIdentity().catch((error: unknown) => {
    own = undefined
    throw error
  })
  return own
}

async function readIdentity(): Promise<ProcessIdentity> {
  return {
    pid: process.pid,
    host: hostname(),
    startTime: (await statOf(process.pid))?.startTime ?? null,
    bootId: await orNull(async () => (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim()),
    pidNamespace: await orNull(() => readlink('/proc/self/ns/pid')),
  }
}

/**
 * Whether a process may still be alive. In doubt it is: on another machine, in another container, or where the system
 * does not tell.
 * @param own who asks.
 */
export async function mayBeAlive(other: ProcessIdentity, own: ProcessIdentity): Promise<boolean> {
  if (other.host !== own.host) return true
  if (other.bootId !== own.bootId) return other.bootId === null || own.bootId === null
  if (other.pidNamespace !== own.pidNamespace) return true
  try {
    process.kill(other.pid, 0)
  } catch (error) {
    // Any other error says that the pid is in use, by somebody whom we may not send a signal.
    if (systemCode(error) === 'ESRCH') return false
  }
  const stat = await statOf(other.pid)
  if (stat === null) return true
  if (stat.hasEnded) return false
  // The pid is in use, perhaps by a later process.
  return stat.startTime === null || other.startTime === null || stat.startTime === other.startTime
}

function statOf(pid: number): Promise<ProcessStat | null> {
  return orNull(async () => parseProcessStat(await readFile(`/proc/${pid}/stat`, 'latin1')))
}

async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    // This is no answer: what is not told now would pass for something that the system never tells.
    if (outOfResources.has(systemCode(error) ?? '')) throw error
    return null
  }
}
