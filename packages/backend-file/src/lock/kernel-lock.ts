import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { MemoryError } from '@holdfast/core'
import { outOfResources, systemCode } from '../disk/disk-failure.js'

/** `refused`: somebody else has it. `unavailable`: this system offers no such lock. */
export type KernelLockResult = 'held' | 'refused' | 'unavailable'

/**
 * Takes an exclusive lock on an open file without waiting. It ends when the descriptor is closed, at the latest with
 * the process. Rejects when nobody can tell for now, with the system's error for want of descriptors, processes or memory.
 */
export type KernelLock = (descriptor: number) => Promise<KernelLockResult>

/** More than starting the command takes: two files, a pipe for what it says, one for how it starts. */
const neededDescriptors = 8

/**
 * `flock(2)` without a native addon: the lock belongs to the open file, not to a process. The `flock` command takes it
 * on the descriptor it inherits from us and exits; we keep the file open and with it the lock, and the kernel drops
 * it when we die, however we die. Source: flock(2), "Locks created by flock() are associated with an open file
 * description"; flock(1), the form with a file descriptor.
 */
export const flockCommand: KernelLock = async (descriptor) => {
  if (process.platform !== 'linux') return 'unavailable'
  requireDescriptors()
  try {
    return await runFlock(descriptor)
  } catch (error) {
    // Without the lock for want of something the store would be less well guarded than the next process believes.
    if (error instanceof MemoryError || outOfResources.has(systemCode(error) ?? '')) throw error
    return 'unavailable'
  }
}

function runFlock(descriptor: number): Promise<KernelLockResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'pipe', descriptor] })
    let complaint = ''
    child.stderr?.on('data', (part: Buffer) => {
      complaint += part.toString('latin1')
    })
    child.on('error', reject)
    child.on('close', (status, signal) => {
      if (signal !== null) reject(new MemoryError('CONNECTION', `the flock command was ended by ${signal}`))
      else if (status === 0) resolve('held')
      // The same exit status 1 stands for other failures too, but then the command says why.
      else resolve(status === 1 && complaint === '' ? 'refused' : 'unavailable')
    })
  })
}

/**
 * Fails as the start of a process would for want of descriptors. Node leaves a pipe open when that start fails half
 * way, so that whoever tries again and again would use up the last ones.
 */
function requireDescriptors(): void {
  const descriptors: number[] = []
  try {
    while (descriptors.length < neededDescriptors) descriptors.push(openSync('/dev/null', 'r'))
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor)
  }
}
