import type { DatabaseFinding } from './database-finding.js'

/** What `inspectDatabase` has to say. Sizes are bytes. */
export interface DatabaseReport {
  /** Nothing is wrong: there is no warning and no error among the findings. */
  readonly ok: boolean
  /** Version of the server, such as `17.12`. */
  readonly postgres: string
  /** Version of the extension, when the database has it. */
  readonly pgvector?: string
  /** Inside this process: nobody else can connect, and there is no autovacuum. */
  readonly embedded: boolean
  readonly database: string
  readonly schema: string
  readonly login: LoginReport
  /** Ids of the migrations the store has. */
  readonly migrations: readonly number[]
  /** Whether the policies were set up. What is wrong with them is among the findings. */
  readonly rowLevelSecurity: boolean
  readonly dimensions?: number
  /** Left out when the login may not see all rows. */
  readonly records?: DatabaseRecordCounts
  /** Tables and their indexes. */
  readonly bytes: number
  /** By name. */
  readonly tables: readonly TableReport[]
  /** The most important first. */
  readonly findings: readonly DatabaseFinding[]
}

export interface LoginReport {
  readonly role: string
  readonly superuser: boolean
  readonly bypassesRowLevelSecurity: boolean
  readonly ownsTables: boolean
}

export interface DatabaseRecordCounts {
  readonly nodes: number
  readonly episodes: number
  readonly nodeVectors: number
  readonly episodeVectors: number
}

/** What the server's statistics say about a table; all of it is approximate. */
export interface TableReport {
  readonly table: string
  readonly bytes: number
  readonly liveRows: number
  readonly deadRows: number
  readonly changedSinceAnalyze: number
}
