import { readFileSync } from 'node:fs'
import { MemoryError } from '@holdfast/core'

/** Identifies a process on one machine, also when its number is used again later. */
export interface DirectoryOwner {
  readonly pid: number
  /** Start time in clock ticks since boot, from `/proc`; `null` where there is none. */
  readonly startTime: string | null
  readonly bootId: string | null
}

/** The process that asks. */
export function thisProcess(): DirectoryOwner {
  return { pid: process.pid, startTime: startTimeOf(process.pid), bootId: currentBootId() }
}

/** Whether the process that wrote this is still running. */
export function isAlive(owner: DirectoryOwner): boolean {
  const bootId = currentBootId()
  if (owner.bootId !== null && bootId !== null && owner.bootId !== bootId) return false
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    // EPERM: it runs as another user.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  const [state] = statOf(owner.pid)
  // Ended, but its parent has not asked for its end yet; such a process still takes signals.
  if (state === 'Z' || state === 'X') return false
  const startTime = startTimeOf(owner.pid)
  return owner.startTime === null || startTime === null || owner.startTime === startTime
}

/** @throws {MemoryError} `LOCKED` when the text is no owner: nobody can tell whether it is in use. */
export function parseOwner(text: string, path: string): DirectoryOwner | 'released' {
  try {
    const value: unknown = JSON.parse(text)
    if (value === 'released') return 'released'
    if (typeof value === 'object' && value !== null && 'pid' in value && Number.isSafeInteger(value.pid)) {
      const { pid, startTime = null, bootId = null } = value as DirectoryOwner
      return { pid, startTime, bootId }
    }
  } catch {
    // Falls through: not what this program writes.
  }
  throw new MemoryError(
    'LOCKED',
    `${path} is not a lock of this program; remove it if nothing uses the directory`,
  )
}

function startTimeOf(pid: number): string | null {
  return statOf(pid)[19] ?? null
}

/**
 * Fields 3 (state) to 22 (start time) and more of `/proc/<pid>/stat`, empty where there is none. The second field,
 * the name, may hold blanks and brackets. Source: proc(5).
 */
function statOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

function currentBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return null
  }
}
