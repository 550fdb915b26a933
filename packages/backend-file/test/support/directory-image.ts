import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { privatePaths } from '../../src/layout/store-paths.js'

/**
 * Every name under a directory with the hash of its content, to tell whether anything has changed. Derived data is left
 * out: whoever opens a store to write to it may make that, also where nothing is written.
 */
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
  return withoutDerived(image)
}

function withoutDerived(image: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (!image.has(privatePaths.cache)) return image
  const rest = new Map([...image].filter(([name]) => !`${name}/`.startsWith(`${privatePaths.cache}/`)))
  const hasOthers = [...rest.keys()].some((name) => name.startsWith(`${privatePaths.directory}/`))
  // It may be there for their sake alone.
  if (!hasOthers) rest.delete(privatePaths.directory)
  return rest
}
