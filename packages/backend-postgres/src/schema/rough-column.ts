import { MemoryError } from '@holdfast/core'
import { type Session, textOf } from '../connection/session.js'
import { quoteIdentifier, type SchemaNames } from './schema-names.js'
import { layoutSetting } from './vector-layout.js'

/** Where the copies are, and what they are made of. */
export interface RoughColumn {
  readonly names: SchemaNames
  /** Schema in which the `vector` extension lives, unquoted. */
  readonly extensionSchema: string
  readonly dimensions: number
}

/** The SQL that gives a table of vectors its rough copies back. It makes all of them anew, so it loses nothing. */
export function addRoughColumn(table: string, { names, extensionSchema, dimensions }: RoughColumn): string {
  const extension = quoteIdentifier(extensionSchema)
  const type = `${extension}.halfvec(${dimensions})`
  return (
    `ALTER TABLE ${names.quoted}.${quoteIdentifier(table)} ADD COLUMN rough ${type} NOT NULL ` +
    `GENERATED ALWAYS AS (${extension}.l2_normalize(embedding)::${type}) STORED, ALTER COLUMN rough SET STORAGE PLAIN;`
  )
}

/**
 * Looks for the copies of a store whose settings say that it has them.
 * @throws {MemoryError} `CORRUPT`, saying which table was altered and what puts it right.
 */
export async function checkRoughColumns(session: Session, column: RoughColumn): Promise<void> {
  const { rows } = await session.query(
    `SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname IN ('node_vector', 'episode_vector') AND NOT EXISTS (
       SELECT FROM pg_catalog.pg_attribute a
       WHERE a.attrelid = c.oid AND a.attname = 'rough' AND NOT a.attisdropped)
     ORDER BY c.relname`,
    [column.names.plain],
  )
  if (rows.length === 0) return
  const tables = rows.map(([table]) => textOf(table))
  throw new MemoryError(
    'CORRUPT',
    `schema ${column.names.plain} was altered by hand: the setting ${layoutSetting} says rough, but ${tables.join(' and ')} ` +
      `${tables.length === 1 ? 'has' : 'have'} no column rough. The owner of the tables puts it back, from the vectors, with: ` +
      tables.map((table) => addRoughColumn(table, column)).join(' '),
  )
}
