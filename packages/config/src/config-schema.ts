import { z } from 'zod'
import type { Config, PostgresConfig } from './config.js'
import { withHidden } from './hidden-property.js'
import { normalizeKeys, type SectionPath } from './section-keys.js'

const text = z.string({ error: 'must be text' })
const filledText = text.min(1, { error: 'must not be empty' })

/** A number, or digits: that is what a substituted variable is. */
function integer(min: number, max: number) {
  const error = `must be an integer from ${min} to ${max}`
  const digits = z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
  return z
    .union([z.number(), digits], { error })
    .pipe(z.int({ error }).min(min, { error }).max(max, { error }))
}

/** Booleans as YAML 1.1, and so PyYAML, spells them. */
const switchWords: ReadonlyMap<string, boolean | 'auto'> = new Map<string, boolean | 'auto'>([
  ...['true', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', 'no', 'off'].map((word) => [word, false] as const),
  ['auto', 'auto'],
])

const switchable = z.unknown().transform((value, context): boolean | 'auto' => {
  const meant = switchWords.get(String(value).toLowerCase())
  if (meant !== undefined) return meant
  context.addIssue({ code: 'custom', message: 'must be true, false or auto' })
  return z.NEVER
})

const postgres = section('memory.postgres', {
  host: filledText.optional(),
  port: integer(1, 65_535).optional(),
  database: filledText.optional(),
  user: filledText.optional(),
  password: text.optional(),
  url: filledText.optional(),
  replica_url: filledText.optional(),
  schema: filledText.optional(),
  row_level_security: switchable.optional(),
}).transform(
  ({
    host,
    port,
    database,
    user,
    password,
    url,
    replica_url,
    schema,
    row_level_security,
  }): PostgresConfig => {
    const visible = {
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(database === undefined ? {} : { database }),
      ...(user === undefined ? {} : { user }),
      ...(schema === undefined ? {} : { schema }),
      ...(row_level_security === undefined ? {} : { rowLevelSecurity: row_level_security }),
    }
    return withHidden(visible, { password, url, replicaUrl: replica_url })
  },
)

const memory = section('memory', {
  backend: filledText.default('file'),
  dimensions: integer(1, 16_000).optional(),
  postgres: postgres.prefault({}),
}).transform(({ backend, dimensions, postgres }) => ({
  backend,
  ...(dimensions === undefined ? {} : { dimensions }),
  postgres,
}))

const paths = section('paths', { data_dir: filledText.default('./data') }).transform(({ data_dir }) => ({
  dataDir: data_dir,
}))

/**
 * The shape of a configuration. It takes parsed YAML, or a `Config`, and gives a `Config` with every default filled
 * in; `null` counts as absent. Other top-level keys belong to other programs: they are neither looked at nor kept.
 * An unknown key under `memory` or `paths` is an error. Paths stay as they are written.
 */
export const ConfigSchema: z.ZodType<Config> = z.preprocess(
  normalized(''),
  z.object({ memory: memory.prefault({}), paths: paths.prefault({}) }, { error: 'must be a mapping' }),
)

function section<T extends z.core.$ZodLooseShape>(path: SectionPath, shape: T) {
  const strict = z.strictObject(shape, {
    error: ({ code }) => (code === 'invalid_type' ? 'must be a mapping' : undefined),
  })
  return z.preprocess(normalized(path), strict)
}

function normalized(path: SectionPath) {
  return (input: unknown, context: z.core.$RefinementCtx): unknown => {
    const { value, givenTwice } = normalizeKeys(input, path)
    for (const name of givenTwice) {
      context.addIssue({ code: 'custom', path: [name], message: 'is given under both its names' })
    }
    return value
  }
}
