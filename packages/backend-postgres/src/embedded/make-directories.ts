import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a directory and those above it that are missing. Node's own recursive `mkdir` never returns where a parent
 * exists and yet says ENOENT, as `/proc` does; this tries each directory once.
 * @param directory an absolute path.
 * @throws what the file system says.
 */
export async function makeDirectories(directory: string): Promise<void> {
  const missing: string[] = []
  let above = directory
  while (!(await isThere(above))) {
    missing.push(above)
    if (dirname(above) === above) break
    above = dirname(above)
  }
  for (const path of missing.reverse()) {
    try {
      await mkdir(path)
    } catch (error) {
      // Another process may have made it meanwhile; a link to nothing is not there either.
      if (!(hasCode(error, 'EEXIST') && (await isThere(path)))) throw error
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
