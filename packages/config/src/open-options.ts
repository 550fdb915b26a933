import { checkOptions, type EmbeddingModel, type Logger } from '@holdfast/core'

/** What can be said about opening a store apart from where it is. It wins over the configuration. */
export interface OpenOptions {
  /** Values a vector has; refused with `DIMENSION_MISMATCH` when the store has another number. */
  readonly dimensions?: number
  /** Opens for reading only, without a lock where the backend has one. Default false. */
  readonly readOnly?: boolean
  /** Whether a store that is not there is made. Default true; false refuses with `CONNECTION`. */
  readonly create?: boolean
  /** The model the vectors come from; refused with `EMBEDDING_MISMATCH` when the store has another one. */
  readonly embeddingModel?: EmbeddingModel
  /** Where the backend says what it noticed. Default: nowhere. */
  readonly logger?: Logger
  /** PostgreSQL only: the schema that holds the tables. */
  readonly schema?: string
  /** PostgreSQL only: row level security as a second wall. Default `auto`. */
  readonly rowLevelSecurity?: boolean | 'auto'
  /** PostgreSQL on a server only: a streaming replica for reads, `postgres://…`. */
  readonly replicaUrl?: string
}

const names = [
  'dimensions',
  'readOnly',
  'create',
  'embeddingModel',
  'logger',
  'schema',
  'rowLevelSecurity',
  'replicaUrl',
] as const

/** The options that are set. @throws {TypeError} for an unknown option. */
export function definedOptions(options: OpenOptions): OpenOptions {
  checkOptions(options, names)
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
