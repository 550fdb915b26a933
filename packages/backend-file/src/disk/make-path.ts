import { dirname } from 'node:path'
import { MemoryError } from '@holdfast/core'
import { systemCode } from './disk-failure.js'
import type { FileSystem } from './file-system.js'

/**
 * Makes a directory and those above it that are missing. On failure none of them is left.
 * @returns the ones that were made, outermost first.
 * @throws {MemoryError} `CONNECTION` when something with the name of a directory above it can hold none.
 */
export async function makePath(files: FileSystem, path: string): Promise<readonly string[]> {
  try {
    return (await makeDirectory(files, path)) ? [path] : []
  } catch (error) {
    const parent = dirname(path)
    if (systemCode(error) !== 'ENOENT' || parent === path) throw error
    const made = await makePath(files, parent)
    try {
      return (await makeDirectory(files, path)) ? [...made, path] : made
    } catch (again) {
      for (const directory of made.toReversed()) await files.rmdir(directory).catch(() => {})
      // The name of the parent is taken, and yet it is no directory: a link that leads nowhere, or a place like /proc.
      if (made.length > 0 || systemCode(again) !== 'ENOENT') throw again
      const what = `no directory can be made in ${parent}: it may be a link that leads nowhere`
      throw new MemoryError('CONNECTION', what, { cause: again })
    }
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
