import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Every name under a directory with the hash of its content, to tell whether anything has changed. */
export async function directoryImage(root: string): Promise<ReadonlyMap<string, string>> {
  const image = new Map<string, string>()
  for (const name of (await readdir(root, { recursive: true })).sort()) {
    const path = join(root, name)
    const isFile = (await stat(path)).isFile()
    const content = isFile
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : 'directory'
    image.set(name, content)
  }
  return image
}
