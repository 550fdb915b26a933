import { z } from 'zod'
import { isPlainObject, type JsonObject } from './json-value.js'
import { MemoryError } from './memory-error.js'
import { isStorableText, maxOwnerBytes } from './owner.js'
import { timestampMicros } from './timestamp.js'

/** UTF-8 bytes that an id may have; a database index row holds it beside the owner. */
const maxIdBytes = 512

/** The pieces that the schemas of nodes and episodes are made of. */
export const recordId = z
  .string()
  .min(1, 'must not be empty')
  .refine((id) => Buffer.byteLength(id) <= maxIdBytes, `must have at most ${maxIdBytes} UTF-8 bytes`)
  .refine(isStorableText, 'must not hold NUL characters or lone surrogates')

/** A tenant or user id; absent and empty are the same. */
export const ownerId = z
  .string()
  .refine((id) => Buffer.byteLength(id) <= maxOwnerBytes, `must have at most ${maxOwnerBytes} UTF-8 bytes`)
  .refine(isStorableText, 'must not hold NUL characters or lone surrogates')
  .nullable()
  .default(null)
  .transform((id) => (id === '' ? null : id))

/** An ISO 8601 string, kept as it is, or a `Date`, which becomes one; what cannot be read back is refused. */
export const timestamp = z
  .union([z.string(), z.date().transform((date) => Date.prototype.toISOString.call(date))])
  .refine(
    (text) => timestampMicros(text) !== undefined,
    'must be an ISO 8601 timestamp of the years 1 to 9999',
  )

/** A number that counts something. */
export const count = z.int().min(0)

/**
 * Any JSON object. `splitFields` has checked and copied what is in it; it passes as it is, since zod would leave out
 * a key `__proto__`.
 */
export const jsonObject = z.custom<JsonObject>(isPlainObject, 'must be an object')

/**
 * Runs a schema and turns its complaints into one error.
 * @throws {MemoryError} `INVALID_NODE`, naming every field that is wrong and why.
 */
export function parseWith<T>(schema: z.ZodType<T>, input: unknown, what: string): T {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const reasons = result.error.issues.map((issue) => `${[what, ...issue.path].join('.')}: ${issue.message}`)
  throw new MemoryError('INVALID_NODE', reasons.join('; '), { cause: result.error })
}
