import { readFileSync } from 'node:fs'

/**
 * Names one process for good. A pid alone is not enough: the kernel hands it out again. The start time
 * in clock ticks since boot (`/proc/<pid>/stat`, field 22, proc(5)) together with the boot id is unique.
 *
 * @typedef {object} ProcessIdentity
 * @property {number} pid
 * @property {string | null} startTicks null on a system without /proc
 * @property {string | null} bootId null on a system without /proc
 */

/** @returns {string | null} */
function readBootId() {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return null
  }
}

/**
 * @param {number} pid
 * @returns {{ readonly status: string, readonly startTicks: string } | undefined} undefined: no such process
 */
function readStat(pid) {
  let text
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The second field is the program's name in brackets and may itself hold spaces and brackets.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [status, startTicks] = [fields[0], fields[19]]
  return status === undefined || startTicks === undefined ? undefined : { status, startTicks }
}

/**
 * @param {number} pid a process that is running now
 * @returns {ProcessIdentity}
 */
export function identify(pid) {
  return { pid, startTicks: readStat(pid)?.startTicks ?? null, bootId: readBootId() }
}

/**
 * Tells whether exactly this process still runs. A zombie counts as gone.
 *
 * @param {ProcessIdentity} identity
 * @returns {boolean}
 */
export function isRunning(identity) {
  const bootId = readBootId()
  if (bootId !== null) {
    const stat = readStat(identity.pid)
    return (
      stat !== undefined &&
      stat.status !== 'Z' &&
      stat.startTicks === identity.startTicks &&
      bootId === identity.bootId
    )
  }
  try {
    process.kill(identity.pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, but it is not ours.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Sends a signal to exactly this process; does nothing when it is gone.
 *
 * @param {ProcessIdentity} identity
 * @param {NodeJS.Signals} signal
 */
export function sendSignal(identity, signal) {
  if (!isRunning(identity)) return
  try {
    process.kill(identity.pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
