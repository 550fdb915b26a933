import { statfs } from 'node:fs/promises'
import { cpus, loadavg, release, totalmem } from 'node:os'

/** Where figures come from, so that they are not compared with those of another machine by mistake. */
export interface Machine {
  readonly processor: string
  readonly processors: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  readonly fileSystem: string
  /** Processes that wanted to run in the last minute, on average. Much above 0, and the machine was not idle. */
  readonly load: number
}

/** From `linux/magic.h`. */
const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  801189825: 'zfs',
  2035054128: 'overlay',
  16914836: 'tmpfs: in memory, a sync costs nothing',
}

/** @param folder whose file system counts. */
export async function describeMachine(folder: string): Promise<Machine> {
  const { type } = await statfs(folder)
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.version,
    fileSystem: fileSystems[type] ?? `type 0x${type.toString(16)}`,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}
