import { MemoryError } from '@holdfast/core'
import { searchPath } from '../connection/search-path.js'
import { numberOf, type Session, textOf } from '../connection/session.js'
import { sqlStateOf } from '../connection/sql-error.js'
import { quoteIdentifier } from '../schema/schema-names.js'
import { usualLayout, type VectorLayout } from '../schema/vector-layout.js'

/** Where pgvector lives in this database, so that nothing depends on the search path. */
export interface VectorExtension {
  /** Name of the extension's schema, unquoted. */
  readonly schema: string
  /** The type, qualified and quoted. */
  readonly type: string
  /** The type with half the bits, qualified and quoted. */
  readonly halfType: string
  /** `<schema>.` of the operator classes, quoted. */
  readonly prefix: string
  /** Its version is 0.8 or later: a scan of an HNSW index goes on until enough rows are found. */
  readonly iterativeScans: boolean
  /** The cosine distance operator, qualified. */
  readonly cosineDistance: string
  /** The operator that gives the inner product with its sign changed, qualified. */
  readonly negativeInnerProduct: string
  /** The function that gives a vector's binary form. */
  readonly send: string
  /** Object id of the type: a binary array of vectors names it. */
  readonly oid: number
}

/** The extension, or `undefined` when the database does not have it. */
export async function findVectorExtension(session: Session): Promise<VectorExtension | undefined> {
  const { rows } = await session.query(
    `SELECT n.nspname, t.oid, e.extversion FROM pg_catalog.pg_extension e
     JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
     JOIN pg_catalog.pg_type t ON t.typnamespace = n.oid AND t.typname = 'vector'
     WHERE e.extname = 'vector'`,
  )
  const [schema, oid, version] = rows[0] ?? []
  if (schema === undefined) return undefined
  const prefix = quoteIdentifier(textOf(schema))
  return {
    schema: textOf(schema),
    type: `${prefix}.vector`,
    halfType: `${prefix}.halfvec`,
    prefix: `${prefix}.`,
    iterativeScans: isFrom08(textOf(version)),
    cosineDistance: `OPERATOR(${prefix}.<=>)`,
    negativeInnerProduct: `OPERATOR(${prefix}.<#>)`,
    send: `${prefix}.vector_send`,
    oid: numberOf(oid),
  }
}

function isFrom08(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 0 || minor >= 8
}

/**
 * The layout for a new store. 16 bits a value need pgvector 0.7, and are slow where a processor's own instructions for
 * them are out of reach, which is so in embedded PostgreSQL.
 */
export async function newLayout(
  session: Session,
  { halfType }: VectorExtension,
  dimensions: number,
): Promise<VectorLayout> {
  if (usualLayout(dimensions) === 'whole') return 'whole'
  const { rows } = await session.query(
    "SELECT pg_catalog.to_regtype($1) IS NOT NULL AND pg_catalog.version() NOT LIKE '%emscripten%'",
    [halfType],
  )
  return rows[0]?.[0] === 't' ? 'rough' : 'whole'
}

/**
 * Installs pgvector into the database.
 * @throws {MemoryError} `CONNECTION`, saying what to do, when the server does not have it or the user may not.
 */
export async function createVectorExtension(session: Session): Promise<void> {
  try {
    // It goes into the first schema of the path that the database or its user has.
    await session.query('SET LOCAL search_path TO DEFAULT; CREATE EXTENSION IF NOT EXISTS vector')
    await session.query('SELECT pg_catalog.set_config($1, $2, true)', searchPath)
  } catch (error) {
    const state = sqlStateOf(error)
    if (state === '42501') {
      throw new MemoryError(
        'CONNECTION',
        'the database lacks the extension pgvector and this user may not install it: let a superuser run CREATE EXTENSION vector in this database',
        { cause: error },
      )
    }
    if (state === '0A000' || state === '58P01') {
      throw new MemoryError(
        'CONNECTION',
        'the server does not have the extension pgvector: install its package on the server (for example postgresql-17-pgvector), then open again',
        { cause: error },
      )
    }
    throw error
  }
}
