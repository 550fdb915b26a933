import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Every name below a folder, directories, links and our own files too, with the bytes in base64 where it is a file. */
export async function folderImage(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const image = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name)
      const content = entry.isFile() ? (await readFile(path)).toString('base64') : 'no file'
      return [relative(folder, path), content] as const
    }),
  )
  return new Map(image.sort(([a], [b]) => (a < b ? -1 : 1)))
}
