import { dirname } from 'node:path'
import { systemCode } from './disk-failure.js'
import type { FileSystem } from './file-system.js'

/**
 * Makes a directory and those above it that are missing.
 * @returns the ones that were made, outermost first.
 */
export async function makePath(files: FileSystem, path: string): Promise<readonly string[]> {
  try {
    await files.mkdir(path)
    return [path]
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST') return []
    const parent = dirname(path)
    if (code !== 'ENOENT' || parent === path) throw error
    const made = await makePath(files, parent)
    return [...made, ...(await makePath(files, path))]
  }
}

/** Makes one directory. @returns whether it had to be made. */
export async function makeDirectory(files: FileSystem, path: string): Promise<boolean> {
  try {
    await files.mkdir(path)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}
