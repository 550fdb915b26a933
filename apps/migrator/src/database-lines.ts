import type { DatabaseFinding, DatabaseReport } from '@holdfast/backend-postgres'
import { plural } from './plural.js'
import { printable } from './printable-text.js'
import type { DatabaseDoctorReport } from './run-doctor.js'
import { verdictOf } from './verdict.js'

/** What `doctor` found in a database, as lines for a reader. */
export function databaseLines({ store, database }: DatabaseDoctorReport): readonly string[] {
  return [
    contentLine(store, database),
    serverLine(database),
    ...database.findings.flatMap(findingLines),
    verdictOf(database),
  ]
}

function contentLine(store: string, { schema, records, dimensions, bytes }: DatabaseReport): string {
  const counts = [
    ...(records === undefined ? [] : [plural(records.nodes, 'node'), plural(records.episodes, 'episode')]),
    ...(dimensions === undefined ? [] : [plural(dimensions, 'dimension')]),
    plural(bytes, 'byte'),
  ]
  return `${printable(store)} has a store of Holdfast in the schema ${printable(schema)}: ${counts.join(', ')}`
}

function serverLine({ postgres, pgvector, embedded, login, rowLevelSecurity }: DatabaseReport): string {
  const server = `PostgreSQL ${postgres}${embedded ? ' (embedded)' : ''}, pgvector ${pgvector ?? 'missing'}`
  return `${server}, row level security ${rowLevelSecurity ? 'set up' : 'not set up'}, as the role ${printable(login.role)}`
}

function findingLines({ severity, code, place, message, remedies }: DatabaseFinding): readonly string[] {
  return [
    `${severity} ${code} ${printable(place)}: ${printable(message)}`,
    ...remedies.map((remedy) => `  ${printable(remedy)}`),
  ]
}
