import type { AppliedMigration } from '../migrations/applied-migrations.js'
import { migrations, rowLevelSecurityName } from '../migrations/migration.js'
import { type DatabaseFinding, databaseFinding } from './database-finding.js'

/** What the table of migrations says. */
export interface MigrationCheck {
  readonly findings: readonly DatabaseFinding[]
  /** The schema is the one this version describes, perhaps with something more. */
  readonly isCurrent: boolean
  readonly rowLevelSecurity: boolean
}

/** Compares the migrations a store has with those of this version. */
export function checkMigrations(applied: readonly AppliedMigration[], schema: string): MigrationCheck {
  const findings: DatabaseFinding[] = []
  const add = (...parts: Parameters<typeof databaseFinding>) => findings.push(databaseFinding(...parts))
  const ids = new Set(applied.map(({ id }) => id))
  const place = `${schema}.migration`
  for (const { id, name, optional } of migrations) {
    if (ids.has(id) || optional) continue
    const how = "Open the store once with migrate: 'auto', or run what holdfast-migrator schema prints."
    add('SCHEMA_BEHIND', place, `migration ${id} (${name}) is missing`, how)
  }
  for (const { id, name, sha256, breaking } of applied) {
    const known = migrations.find((migration) => migration.id === id)
    if (known === undefined && breaking) {
      add(
        'SCHEMA_AHEAD',
        place,
        `migration ${id} (${name}) is newer than this version`,
        'Upgrade the package.',
      )
    } else if (known === undefined) {
      add(
        'SCHEMA_NEWER',
        place,
        `migration ${id} (${name}) is newer than this version, which can live with it`,
      )
    } else if (known.sha256 !== sha256) {
      const how = 'Copy the store into a new schema with holdfast-migrator copy.'
      add('SCHEMA_CHANGED', place, `migration ${id} (${name}) was applied with another text`, how)
    }
  }
  return {
    findings,
    isCurrent: findings.every(({ code }) => code === 'SCHEMA_NEWER'),
    rowLevelSecurity: migrations.some(({ id, name }) => name === rowLevelSecurityName && ids.has(id)),
  }
}
