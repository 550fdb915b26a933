import { numberOf, type Session, textOf } from '../connection/session.js'
import type { SchemaNames } from '../schema/schema-names.js'

/** A row of the table of migrations. */
export interface AppliedMigration {
  readonly id: number
  readonly name: string
  readonly sha256: string
  readonly breaking: boolean
}

/** What the tables of a store say about it; `undefined` when there is none. */
export interface StoreTables {
  /** In order. */
  readonly applied: readonly AppliedMigration[]
  /** Contents of the table `setting`. */
  readonly settings: ReadonlyMap<string, string>
}

/** Reads which migrations and settings a store has. */
export async function readStoreTables(
  session: Session,
  names: SchemaNames,
): Promise<StoreTables | undefined> {
  const found = await session.query(
    `SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname IN ('migration', 'setting')`,
    [names.plain],
  )
  const tables = numberOf(found.rows[0]?.[0])
  if (tables === 0) return undefined
  const { rows } = await session.query(
    `SELECT id, name, sha256, breaking FROM ${names.quoted}.migration ORDER BY id`,
  )
  const settings =
    tables < 2 ? { rows: [] } : await session.query(`SELECT name, value FROM ${names.quoted}.setting`)
  return {
    applied: rows.map(([id, name, sha256, breaking]) => ({
      id: numberOf(id),
      name: textOf(name),
      sha256: textOf(sha256),
      breaking: breaking === 't',
    })),
    settings: new Map(settings.rows.map(([name, value]) => [textOf(name), textOf(value)])),
  }
}
