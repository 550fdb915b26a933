import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { MemoryError } from '@holdfast/core'
import type { Lookup } from './interpolate.js'

/**
 * The variables a configuration sees: the real environment, then the `.env` in the folder. A variable that is set in
 * both keeps its real value, and nothing is written into `process.env`.
 * @throws {MemoryError} `CONFIG_INVALID` when there is a `.env` that cannot be read.
 */
export async function readEnvironment(folder: string): Promise<Lookup> {
  const fromFile = await readDotEnv(join(folder, '.env'))
  // Own properties only: neither ${toString} nor ${constructor} is a variable.
  return (name) => [process.env, fromFile].find((variables) => Object.hasOwn(variables, name))?.[name]
}

async function readDotEnv(path: string): Promise<NodeJS.Dict<string>> {
  let source: string
  try {
    source = await readFile(path, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return {}
    throw new MemoryError('CONFIG_INVALID', `${path} cannot be read`, { cause })
  }
  return parseEnv(source.replace(/^\ufeff/, ''))
}

/** Whether a file operation failed because nothing is there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
