import { MemoryError } from '@holdfast/core'

/** Bytes a schema name may have, so that `<schema>_admin` is still a PostgreSQL identifier (63 bytes). */
const maxSchemaBytes = 50

/** The names of one store in SQL, quoted where they are identifiers. */
export interface SchemaNames {
  /** As the caller gave it. */
  readonly plain: string
  /** `"schema"`. */
  readonly quoted: string
  /** The role a scoped transaction takes, and the one for operators; unquoted. */
  readonly appRole: string
  readonly adminRole: string
}

/**
 * @throws {MemoryError} `CONFIG_INVALID` for a name that is empty, too long, reserved (`pg_…`) or holds NUL
 * characters. Anything else is allowed and quoted.
 */
export function schemaNames(schema: string): SchemaNames {
  const bytes = Buffer.byteLength(schema)
  if (bytes === 0 || bytes > maxSchemaBytes || schema.includes('\0') || !schema.isWellFormed()) {
    throw new MemoryError('CONFIG_INVALID', `schema must have 1 to ${maxSchemaBytes} bytes of text`)
  }
  if (/^pg_/i.test(schema)) {
    throw new MemoryError('CONFIG_INVALID', `schema ${JSON.stringify(schema)} is reserved by PostgreSQL`)
  }
  return {
    plain: schema,
    quoted: quoteIdentifier(schema),
    appRole: `${schema}_app`,
    adminRole: `${schema}_admin`,
  }
}

/** An identifier in SQL text. Source: PostgreSQL manual, 4.1.1. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * A string constant in SQL text that reads the same whatever `standard_conforming_strings` says. It has no dollar
 * signs, so that it ends no dollar-quoted text that it stands in.
 */
export function quoteLiteral(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('$', '\\044')
  return ` E'${escaped}'`
}
