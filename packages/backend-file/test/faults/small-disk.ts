import { spawnSync } from 'node:child_process'

const flags = process.getuid?.() === 0 ? '-m' : '-Urm'

/**
 * A command that mounts an empty disk of so many KiB on a directory, for itself alone, and becomes the command that
 * follows. The disk goes with the process.
 */
export function onSmallDisk(directory: string, kibibytes: number): readonly string[] {
  const mount = `mount -t tmpfs -o size=${kibibytes}k none "$0" && exec "$@"`
  return ['unshare', flags, 'sh', '-c', mount, directory]
}

/** Whether this system lets us mount a disk that only one process sees. */
export const mayMount = runs([...onSmallDisk('/mnt', 16), 'true'])

function runs([command = '', ...args]: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}
