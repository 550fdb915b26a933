import { defaultDimensions, MemoryError } from '@holdfast/core'
import { searchPath } from '../connection/search-path.js'
import { quoteLiteral, schemaNames } from '../schema/schema-names.js'
import { maxInlineDimensions, usualLayout, type VectorLayout } from '../schema/vector-layout.js'
import { fillTemplate, migrations, migrationTable } from './migration.js'

export interface PrintOptions {
  /** Default `holdfast`. */
  readonly schema?: string
  /** Values a vector has. Default 1024. */
  readonly dimensions?: number
  /** Schema in which the `vector` extension lives. Default `public`. */
  readonly extensionSchema?: string
  /** Default true. */
  readonly rowLevelSecurity?: boolean
  /**
   * Default: what `open` makes on a server, which is `rough` for 320 to 3920 dimensions. `whole` is for embedded PostgreSQL
   * and for pgvector before 0.7.
   */
  readonly vectorLayout?: VectorLayout
}

/**
 * The SQL that sets up an empty store, for a database administrator to run with `psql`. Open the store with
 * `migrate: 'check'` or `'off'` afterwards.
 * @throws {MemoryError} `CONFIG_INVALID` for a schema name or a layout that cannot be used.
 */
export function printMigrations(options: PrintOptions = {}): string {
  const names = schemaNames(options.schema ?? 'holdfast')
  const extensionSchema = options.extensionSchema ?? 'public'
  const dimensions = options.dimensions ?? defaultDimensions
  const layout = options.vectorLayout ?? usualLayout(dimensions)
  if (layout === 'rough' && dimensions > maxInlineDimensions.rough) {
    throw new MemoryError('CONFIG_INVALID', `${dimensions} values of 16 bits do not fit into a page`)
  }
  const wanted = migrations.filter(({ optional }) => !optional || options.rowLevelSecurity !== false)
  const steps = wanted.flatMap((migration) => [
    `-- ${migration.id}: ${migration.name}`,
    `INSERT INTO ${names.quoted}.migration (id, name, sha256, breaking) VALUES (${migration.id},${quoteLiteral(
      migration.name,
    )},${quoteLiteral(migration.sha256)}, ${migration.breaking});`,
    fillTemplate(migration.template, { names, extensionSchema, dimensions, layout }).trimEnd(),
  ])
  return [
    'BEGIN;',
    'CREATE EXTENSION IF NOT EXISTS vector;',
    `SET LOCAL ${searchPath[0]} TO ${searchPath[1]};`,
    `CREATE SCHEMA IF NOT EXISTS ${names.quoted};`,
    `${migrationTable(names)};`,
    ...steps,
    'COMMIT;',
    '',
  ].join('\n')
}
