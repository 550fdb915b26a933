export { OutcomeUnknownError } from './connection/outcome-unknown-error.js'
export type { PooledClient, QueryablePool, Statement, StatementResult } from './connection/queryable-pool.js'
export type { DatabaseFinding, DatabaseFindingCode, DatabaseSeverity } from './doctor/database-finding.js'
export { databaseFindingCodes } from './doctor/database-finding.js'
export type {
  DatabaseRecordCounts,
  DatabaseReport,
  LoginReport,
  TableReport,
} from './doctor/database-report.js'
export type { InspectDatabaseOptions } from './doctor/inspect-database.js'
export { inspectDatabase } from './doctor/inspect-database.js'
export type { PrintOptions } from './migrations/print-migrations.js'
export { printMigrations } from './migrations/print-migrations.js'
export type {
  PostgresOpenOptions,
  PostgresReplica,
  PostgresStoreOptions,
  PostgresTarget,
} from './open-options.js'
export { PostgresBackend } from './postgres-backend.js'
export { postgresCapabilities } from './postgres-capabilities.js'
export type { VectorLayout } from './schema/vector-layout.js'
