import { type DatabaseFinding, databaseFinding } from './database-finding.js'

const oldest = [0, 8, 0] as const

/**
 * Releases from this one on have no known fault that damages an index: before 0.8.2 a parallel build could write
 * past its memory (CVE-2026-3172), before 0.8.4 vacuum could leave a graph unrepaired.
 * Source: CHANGELOG.md of pgvector.
 */
const soundIndexes = [0, 8, 4] as const

const upgrade = [
  'Install a newer pgvector on the server, then in each of its databases: ALTER EXTENSION vector UPDATE;',
]

/** Judges the version of pgvector. */
export function checkExtension(version: string | undefined, hasHnsw: boolean): readonly DatabaseFinding[] {
  const place = 'extension vector'
  if (version === undefined) {
    const how = 'Install pgvector on the server, then: CREATE EXTENSION vector;'
    return [databaseFinding('EXTENSION_MISSING', place, 'the database does not have pgvector', how)]
  }
  if (isBefore(version, oldest)) {
    return [databaseFinding('EXTENSION_OLD', place, `pgvector ${version} is older than 0.8`, ...upgrade)]
  }
  if (!isBefore(version, soundIndexes)) return []
  const message = `pgvector ${version} can damage an HNSW index when it builds one with several workers or vacuums it (0.8.4 cannot)`
  return hasHnsw
    ? [databaseFinding('EXTENSION_FAULTY', place, message, ...upgrade)]
    : [databaseFinding('EXTENSION_OUTDATED', place, `${message}; there is none`)]
}

function isBefore(version: string, other: readonly number[]): boolean {
  const parts = version.split('.').map(Number)
  for (const [index, wanted] of other.entries()) {
    const part = parts[index] ?? 0
    if (part !== wanted) return part < wanted
  }
  return false
}
