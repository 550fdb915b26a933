import { MemoryError } from '@holdfast/core'

/** Gives a variable's value, or `undefined` when it is not set. */
export type Lookup = (name: string) => string | undefined

/** `$${`, or `${` with what stands up to the next `}`. */
const reference = /\$\$\{|\$\{([^}]*)(\}?)/g
const variable = /^([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{).)*))?$/s

/** Sections are nested no deeper; what lies below is refused by the schema. */
const maxDepth = 4

/**
 * Replaces the variables in a text: `${NAME}` by its value, `${NAME:-default}` by the default when it is not set or
 * empty, and `$${` by `${`. What is put in is not looked at again, and every other `$` stands for itself.
 * @param place what the text is, for messages; the text itself never appears in one.
 * @throws {MemoryError} `CONFIG_INVALID` for a variable that is not set, and for a `${` that is none of the above.
 */
export function interpolate(text: string, lookup: Lookup, place: string): string {
  return text.replace(reference, (_, inside: string | undefined, closing: string | undefined) => {
    if (inside === undefined) return '${'
    const [, name, fallback] = variable.exec(inside) ?? []
    if (name === undefined || closing === '') {
      throw new MemoryError(
        'CONFIG_INVALID',
        `${place} has a malformed variable; write \${NAME}, \${NAME:-default}, or $\${ for the characters themselves`,
      )
    }
    const value = lookup(name)
    if (fallback !== undefined) return value || fallback
    if (value !== undefined) return value
    throw new MemoryError(
      'CONFIG_INVALID',
      `${place} needs the environment variable ${name}, which is not set`,
    )
  })
}

/** {@link interpolate} for every text in a tree of objects and lists. */
export function interpolateTree(value: unknown, lookup: Lookup, place: string, depth = 0): unknown {
  if (typeof value === 'string') return interpolate(value, lookup, place)
  if (typeof value !== 'object' || value === null || depth === maxDepth) return value
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => interpolateTree(item, lookup, `${place}[${index}]`, depth + 1))
  }
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => [
    key,
    interpolateTree(item, lookup, `${place}.${key}`, depth + 1),
  ])
  return Object.fromEntries(entries)
}
