import { execFile } from 'node:child_process'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { OwnServer } from './own-server.js'

const run = promisify(execFile)

/**
 * Mounts a file system of a few megabytes where a server sees it, and nobody else does; it goes with the server.
 * @returns its path as the server sees it, or `undefined` where nothing can be mounted.
 */
export async function mountSmallDisk(server: OwnServer, megabytes: number): Promise<string | undefined> {
  const path = '/srv/holdfast/small-disk'
  const folder = join(server.root, path)
  const inside = ['--mount', '--target', String(server.pid), '--']
  await mkdir(folder, { recursive: true })
  try {
    // A server without mounts of its own would leave this one behind.
    const [own, ours] = await Promise.all([
      run('readlink', [`/proc/${server.pid}/ns/mnt`]),
      run('readlink', ['/proc/self/ns/mnt']),
    ])
    if (own.stdout === ours.stdout) return undefined
    await run('nsenter', [
      ...inside,
      'mount',
      '-t',
      'tmpfs',
      '-o',
      `size=${megabytes}m,mode=777`,
      'tmpfs',
      folder,
    ])
    const user = String((await stat(`/proc/${server.pid}`)).uid)
    await run('nsenter', [
      ...inside,
      'install',
      '-d',
      '-m',
      '700',
      '-o',
      user,
      '-g',
      user,
      join(folder, 'space'),
    ])
    return `${path}/space`
  } catch {
    return undefined
  }
}

/** Limits how large a file the server's next processes may make: beyond it a write fails with `EFBIG`. */
export async function limitFileSize(server: OwnServer, bytes: number): Promise<void> {
  // Only a process's own user may change its limits, whatever else root may do here; the hard limit stays.
  const user = String((await stat(`/proc/${server.pid}`)).uid)
  const asServer = ['--reuid', user, '--regid', user, '--clear-groups']
  await run('setpriv', [...asServer, 'prlimit', '--pid', String(server.pid), `--fsize=${bytes}:`])
}
