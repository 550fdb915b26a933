import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The content of every file below a directory, by its path in it. */
export async function filesBelow(directory: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  const read = paths.map(async (path) => [path.slice(directory.length + 1), await readFile(path)] as const)
  return new Map(await Promise.all(read))
}
