import { spawn } from 'node:child_process'

/** `refused`: somebody else has it. `unavailable`: this system offers no such lock. */
export type KernelLockResult = 'held' | 'refused' | 'unavailable'

/** Takes an exclusive lock on an open file without waiting. It ends when the descriptor is closed, at the latest with the process. */
export type KernelLock = (descriptor: number) => Promise<KernelLockResult>

/**
 * `flock(2)` without a native addon: the lock belongs to the open file, not to a process. The `flock` command takes it
 * on the descriptor it inherits from us and exits; we keep the file open and with it the lock, and the kernel drops
 * it when we die, however we die. Source: flock(2), "Locks created by flock() are associated with an open file
 * description"; flock(1), the form with a file descriptor.
 */
export const flockCommand: KernelLock = (descriptor) =>
  new Promise((resolve) => {
    if (process.platform !== 'linux') {
      resolve('unavailable')
      return
    }
    const child = spawn('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'pipe', descriptor] })
    let complaint = ''
    child.stderr?.on('data', (part: Buffer) => {
      complaint += part.toString('latin1')
    })
    child.on('error', () => resolve('unavailable'))
    // The same exit status 1 stands for other failures too, but then the command says why.
    child.on('close', (status) => {
      if (status === 0) resolve('held')
      else resolve(status === 1 && complaint === '' ? 'refused' : 'unavailable')
    })
  })
