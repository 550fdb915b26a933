import { type Session, textOf } from '../connection/session.js'
import { quoteIdentifier, type SchemaNames } from '../schema/schema-names.js'
import { type DatabaseFinding, databaseFinding } from './database-finding.js'

export interface IndexCheck {
  readonly findings: readonly DatabaseFinding[]
  /** There is an approximate index over vectors. */
  readonly hasHnsw: boolean
}

/**
 * A condition as PostgreSQL writes it that lets rows of one owner in: the comparison alone, or first of what must all
 * hold. Inside OR and NOT it stands behind more or other characters.
 */
const literal = String.raw`E?'(?:[^'\\]|''|\\.)*'::text`
const ofOneOwner = new RegExp(
  String.raw`^\((?:owner_key = ${literal}\)$|\(owner_key = ${literal}\) AND )`,
  's',
)

/**
 * Looks for indexes that cannot be used and for one over the vectors of several owners: how long a search in it
 * takes, and how many rows it finds, depends on the others' vectors.
 */
export async function checkIndexes(session: Session, names: SchemaNames): Promise<IndexCheck> {
  const { rows } = await session.query(
    `SELECT i.relname, m.amname, x.indisvalid AND x.indisready, pg_get_expr(x.indpred, x.indrelid),
       EXISTS (SELECT FROM pg_stat_progress_create_index b WHERE b.index_relid = i.oid)
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
     JOIN pg_am m ON m.oid = i.relam
     WHERE c.relnamespace = $1::regnamespace ORDER BY i.relname`,
    [names.quoted],
  )
  const findings: DatabaseFinding[] = []
  let hasHnsw = false
  for (const [name, method, valid, predicate, building] of rows) {
    const place = `index ${names.plain}.${textOf(name)}`
    const index = `${names.quoted}.${quoteIdentifier(textOf(name))}`
    const isApproximate = method === 'hnsw' || method === 'ivfflat'
    hasHnsw ||= isApproximate
    if (valid !== 't' && building === 't') {
      findings.push(databaseFinding('INDEX_BUILDING', place, 'it is being built'))
    } else if (valid !== 't') {
      const message = 'it is invalid: building it was interrupted, and it is not used'
      const how = isApproximate ? `DROP INDEX ${index};` : `REINDEX INDEX CONCURRENTLY ${index};`
      findings.push(databaseFinding('INDEX_INVALID', place, message, how))
    }
    if (isApproximate && !ofOneOwner.test(predicate ?? '')) {
      const message =
        'it covers the vectors of several owners, so a search takes time that depends on the others'
      findings.push(databaseFinding('INDEX_SHARED', place, message, `DROP INDEX ${index};`))
    }
  }
  return { findings, hasHnsw }
}
