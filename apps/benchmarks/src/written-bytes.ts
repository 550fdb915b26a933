import { readFile } from 'node:fs/promises'

/** What this process has written since it began. */
export interface WrittenBytes {
  /** Handed to write calls, of files and anything else. */
  readonly handed: number
  /** Of pages that were made to be written to a disk: what the kernel rounds up, and does not count twice. */
  readonly pages: number
}

/** Source: `/proc/self/io`, its `wchar` and `write_bytes`, see proc_pid_io(5). `undefined` where there is none. */
export async function writtenBytes(): Promise<WrittenBytes | undefined> {
  let text: string
  try {
    text = await readFile('/proc/self/io', 'utf8')
  } catch {
    return undefined
  }
  const [handed, pages] = ['wchar', 'write_bytes'].map((name) =>
    Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1]),
  )
  if (handed === undefined || pages === undefined || Number.isNaN(handed + pages)) return undefined
  return { handed, pages }
}
