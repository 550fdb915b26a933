/** The keys of each section that is ours, by their names in the YAML file. */
export const sectionKeys = {
  '': ['memory', 'paths'],
  memory: ['backend', 'dimensions', 'postgres'],
  'memory.postgres': [
    'host',
    'port',
    'database',
    'user',
    'password',
    'url',
    'replica_url',
    'schema',
    'row_level_security',
  ],
  paths: ['data_dir'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** A section's path, as it stands in messages. */
export type SectionPath = keyof typeof sectionKeys

/** An object's keys after {@link normalizeKeys}, and what was given under two names. */
export interface NormalizedKeys {
  readonly value: unknown
  readonly givenTwice: readonly string[]
}

/**
 * Puts a section's keys under their snake_case names and leaves out what is `null`, as `password:` with nothing
 * behind it is. Values that are no objects, and keys that are unknown, stay as they are. Keys that are not
 * enumerable are taken along: a checked configuration hides its password in one.
 */
export function normalizeKeys(input: unknown, path: SectionPath): NormalizedKeys {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { value: input, givenTwice: [] }
  }
  const names = new Map<string, string>(sectionKeys[path].map((key) => [toCamelCase(key), key]))
  const entries = new Map<string, unknown>()
  const givenTwice: string[] = []
  for (const key of Object.getOwnPropertyNames(input)) {
    const value: unknown = Reflect.get(input, key)
    if (value === null || value === undefined) continue
    const name = names.get(key) ?? key
    if (entries.has(name)) givenTwice.push(name)
    entries.set(name, value)
  }
  return { value: Object.fromEntries(entries), givenTwice }
}

/** `data_dir` → `dataDir`. */
function toCamelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
