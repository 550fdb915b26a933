import { pathToFileURL } from 'node:url'
import { MemoryError } from '@holdfast/core'
import { resolve } from 'import-meta-resolve'

/**
 * Where a package is: as seen from here, else from the working directory, which is where an application's own
 * packages are when a package manager keeps dependencies apart.
 * @returns `undefined` when it is not installed.
 */
export function resolvePackage(name: string): string | undefined {
  for (const parent of [import.meta.url, `${pathToFileURL(process.cwd()).href}/`]) {
    try {
      return resolve(name, parent)
    } catch {
      // Not to be found from there.
    }
  }
  return undefined
}

/** @throws {MemoryError} `BACKEND_NOT_INSTALLED` with the command that installs it. */
export function requirePackage(name: string): string {
  const found = resolvePackage(name)
  if (found !== undefined) return found
  throw new MemoryError(
    'BACKEND_NOT_INSTALLED',
    `the package ${name} is not installed; run: npm install ${name}`,
  )
}
