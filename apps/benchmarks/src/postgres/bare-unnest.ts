import type pg from 'pg'
import { nodeTables } from './store-tables.js'

/** A statement whose parameters are there already. */
interface Ready {
  readonly text: string
  readonly values: readonly Buffer[]
}

/** A batch as the arrays that `unnest` takes: what is left of an insert when nothing has to be encoded. */
export interface BareBatch {
  readonly statements: readonly Ready[]
}

/**
 * Reads what a store holds of an owner, as binary arrays, and says how the same rows are inserted into the same tables
 * of another schema.
 */
export async function readBareBatch(
  bare: pg.Pool,
  source: string,
  target: string,
  ownerKey: string,
): Promise<BareBatch> {
  const statements: Ready[] = []
  for (const { name, columns } of await nodeTables(bare, source)) {
    // An array cannot hold arrays of different lengths, so those travel as text.
    const isArray = (type: string) => type.endsWith('[]')
    const aggregates = columns.map(
      (column, index) =>
        `array_send(array_agg(${column.name}${isArray(column.type) ? '::text' : ''} ORDER BY position)) AS c${index}`,
    )
    const { rows } = await bare.query<Record<string, Buffer>>(
      `SELECT ${aggregates.join(', ')} FROM ${source}.${name} WHERE owner_key = $1`,
      [ownerKey],
    )
    const values = columns.map((_, index) => rows[0]?.[`c${index}`] ?? Buffer.alloc(0))
    const arrays = columns.map(({ type }, index) => `$${index + 1}::${isArray(type) ? 'text' : type}[]`)
    const elements = columns.map(({ type }, index) => `u.c${index}${isArray(type) ? `::${type}` : ''}`)
    const names = columns.map((_, index) => `c${index}`)
    statements.push({
      text: `INSERT INTO ${target}.${name} (${columns.map((column) => column.name).join(', ')})
        SELECT ${elements.join(', ')} FROM unnest(${arrays.join(', ')}) AS u(${names.join(', ')})`,
      values,
    })
  }
  return { statements }
}

/** One transaction, one statement a table. */
export async function insertBare(client: pg.PoolClient, { statements }: BareBatch): Promise<void> {
  await client.query('BEGIN')
  for (const { text, values } of statements) await client.query(text, [...values])
  await client.query('COMMIT')
}
