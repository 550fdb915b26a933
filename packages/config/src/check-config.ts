import { MemoryError } from '@holdfast/core'
import type { z } from 'zod'
import type { Config } from './config.js'
import { ConfigSchema } from './config-schema.js'
import { nearestName } from './nearest-name.js'
import { type SectionPath, sectionKeys } from './section-keys.js'

/**
 * Runs `ConfigSchema` and turns its complaints into one error. Values are never repeated in it: any of them may be
 * a password in the wrong place.
 * @param where put before each complaint: the file's path, or what the configuration is.
 * @throws {MemoryError} `CONFIG_INVALID` naming every key that is wrong, and the nearest known key for an unknown one.
 */
export function checkConfig(input: unknown, where: string): Config {
  const result = ConfigSchema.safeParse(input)
  if (result.success) return result.data
  const complaints = result.error.issues.flatMap(describe).map((complaint) => `${where}: ${complaint}`)
  throw new MemoryError('CONFIG_INVALID', complaints.join('\n'), { cause: result.error })
}

function describe(issue: z.core.$ZodIssue): readonly string[] {
  const path = issue.path.map(String).join('.')
  if (issue.code !== 'unrecognized_keys') return [`${path === '' ? 'it' : path} ${issue.message}`]
  const known = isSection(path) ? sectionKeys[path] : []
  return issue.keys.map((key) => {
    const nearest = nearestName(key, known)
    const hint = nearest === undefined ? '' : `; did you mean ${path}.${nearest}?`
    return `${path}.${key} is not a key of ${path}${hint}`
  })
}

function isSection(path: string): path is SectionPath {
  return Object.hasOwn(sectionKeys, path)
}
