import { MemoryError } from '@holdfast/core'
import type { Session } from '../connection/session.js'
import type { SchemaNames } from '../schema/schema-names.js'
import { readStoreTables } from './applied-migrations.js'
import { type Migration, migrations, rowLevelSecurityName } from './migration.js'

/** What a database says about a store. */
export interface StoreState {
  /** Ids of the migrations it has. */
  readonly applied: ReadonlySet<number>
  readonly rowLevelSecurity: boolean
  /** Migrations that it needs and does not have, in order. */
  readonly pending: readonly Migration[]
  /** Newer migrations that this version does not know and can live with. */
  readonly unknown: readonly string[]
  /** Contents of the table `setting`. */
  readonly settings: ReadonlyMap<string, string>
}

const nothing: StoreState = {
  applied: new Set(),
  rowLevelSecurity: false,
  pending: migrations,
  unknown: [],
  settings: new Map(),
}

/**
 * Reads which migrations and settings a store has; one that does not exist has none.
 * @throws {MemoryError} `SCHEMA_AHEAD` when a newer version has changed it so that this one cannot use it, `CONFLICT`
 * when a migration was applied with another text.
 */
export async function readStoreState(session: Session, names: SchemaNames): Promise<StoreState> {
  const tables = await readStoreTables(session, names)
  if (tables === undefined) return nothing
  const applied = new Set(tables.applied.map(({ id }) => id))
  const unknown: string[] = []
  for (const { id, name, sha256, breaking } of tables.applied) {
    const known = migrations.find((migration) => migration.id === id)
    if (known === undefined) {
      if (breaking) {
        throw new MemoryError(
          'SCHEMA_AHEAD',
          `schema ${names.plain} has migration ${id} (${name}), which this version cannot use: upgrade it`,
        )
      }
      unknown.push(`${id} (${name})`)
    } else if (known.sha256 !== sha256) {
      throw new MemoryError(
        'CONFLICT',
        `migration ${id} (${name}) of schema ${names.plain} was applied with another text than this version has`,
      )
    }
  }
  return {
    applied,
    rowLevelSecurity: migrations.some(({ id, name }) => name === rowLevelSecurityName && applied.has(id)),
    pending: migrations.filter(({ id }) => !applied.has(id)),
    unknown,
    settings: tables.settings,
  }
}
