import { createHash } from 'node:crypto'
import { sqlFiles } from '../generated/migrations.js'
import { quoteIdentifier, quoteLiteral, type SchemaNames } from '../schema/schema-names.js'
import type { StoredVectors } from '../schema/stored-vectors.js'
import { embeddingStorage, roughRowBytes } from '../schema/vector-layout.js'

/** One numbered step of the schema. */
export interface Migration {
  readonly id: number
  readonly name: string
  /** SQL with placeholders. */
  readonly template: string
  /** SHA-256 of the template, hex. */
  readonly sha256: string
  /** An older version of this package cannot use a schema that has this step. */
  readonly breaking: boolean
  /** May be left out where the database user is not allowed to make roles. */
  readonly optional: boolean
}

/** The step that sets up row level security. */
export const rowLevelSecurityName = 'row_level_security'

const breakingNames: ReadonlySet<string> = new Set(['tables'])

/** All steps in order. */
export const migrations: readonly Migration[] = sqlFiles.map(({ id, name, sql }) => ({
  id,
  name,
  template: sql,
  sha256: createHash('sha256').update(sql).digest('hex'),
  breaking: breakingNames.has(name),
  optional: name === rowLevelSecurityName,
}))

/** What a template is filled in with. */
export interface TemplateValues extends StoredVectors {
  readonly names: SchemaNames
  /** Schema in which the `vector` extension lives. */
  readonly extensionSchema: string
}

/** A line that only a store with rough copies of its vectors has. */
const roughLine = /^\{\{if_rough\}\}(.*\n)/gm

/** The SQL of a migration for one store. */
export function fillTemplate(
  template: string,
  { names, extensionSchema, dimensions, layout }: TemplateValues,
): string {
  const values: Readonly<Record<string, string>> = {
    schema: names.quoted,
    extension: quoteIdentifier(extensionSchema),
    extension_name: quoteLiteral(extensionSchema),
    app: quoteIdentifier(names.appRole),
    app_name: quoteLiteral(names.appRole),
    admin: quoteIdentifier(names.adminRole),
    admin_name: quoteLiteral(names.adminRole),
    dimensions: String(dimensions),
    storage: embeddingStorage(layout, dimensions),
    rough_row_bytes: String(roughRowBytes(dimensions)),
  }
  const lines = template.replace(roughLine, layout === 'rough' ? '$1' : '')
  return lines.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new TypeError(`unknown placeholder ${name}`)
    return value
  })
}

/** The table that says which migrations a store has. */
export function migrationTable(names: SchemaNames): string {
  return `CREATE TABLE IF NOT EXISTS ${names.quoted}.migration (
  id integer PRIMARY KEY,
  name text NOT NULL,
  sha256 text NOT NULL,
  breaking boolean NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)`
}
