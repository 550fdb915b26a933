import type {
  EmbeddingMatrix,
  EpisodicMemory,
  MemoryNode,
  PositionedBatch,
  ResolvedFilter,
} from '@holdfast/core'
import type { Access } from '../connection/access.js'
import { Parameters } from '../connection/parameters.js'
import { numberOf, type Row, type Session, textOf } from '../connection/session.js'
import type { Store } from '../store.js'
import { int8Array, textArray } from './binary-array.js'
import { filterConditions } from './filter-conditions.js'
import { baseColumns, type RecordKindOf, type StoredRow, takeApart } from './record-kind.js'
import { storableKeys } from './stored-text.js'
import { decodeVectorHex } from './vector-codec.js'

type AnyRecord = MemoryNode | EpisodicMemory

/** Which records to read; all conditions hold. */
export interface Selection {
  readonly access: Access
  readonly filter?: ResolvedFilter | undefined
  readonly id?: string
  /** Positions greater than this. */
  readonly after?: number
  readonly positions?: readonly number[]
  /** `Infinity` for all. */
  readonly limit?: number
  readonly offset?: number
  readonly withEmbeddings?: boolean
}

/** A row and its vector, when that was asked for and there is one. */
export interface SelectedRow {
  readonly row: StoredRow
  readonly embedding: Float32Array | undefined
}

/** Rows in insertion order. */
export async function selectRows<T extends AnyRecord>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  selection: Selection,
): Promise<readonly SelectedRow[]> {
  const parameters = new Parameters()
  const conditions = conditionsOf(selection, parameters)
  const columns = [...baseColumns, ...kind.columns].map((column) => `r.${column}`)
  const withVectors = selection.withEmbeddings === true
  const join = withVectors
    ? `LEFT JOIN ${store.names.quoted}.${kind.vectorTable} v ON v.owner_key = r.owner_key AND v.id = r.id`
    : ''
  const vector = withVectors ? [vectorHex(store)] : []
  const { limit = Number.POSITIVE_INFINITY, offset = 0 } = selection
  if (Number.isFinite(limit) && !namesRecords(selection)) await readByIndex(session)
  const { rows } = await session.query(
    `SELECT ${[...vector, ...columns].join(', ')}
     FROM ${store.names.quoted}.${kind.table} r ${join}
     WHERE ${conditions.join(' AND ')} ORDER BY r.position
     ${Number.isFinite(limit) ? `LIMIT ${parameters.add(limit)}` : ''}
     ${offset > 0 ? `OFFSET ${parameters.add(offset)}` : ''}`,
    parameters.values,
  )
  return rows.map((row) => {
    if (!withVectors) return { row: takeApart(row), embedding: undefined }
    const [hex, ...rest] = row
    return { row: takeApart(rest), embedding: typeof hex === 'string' ? decodeVectorHex(hex) : undefined }
  })
}

/** How many records pass. */
export async function countRows<T extends AnyRecord>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  selection: Selection,
): Promise<number> {
  const parameters = new Parameters()
  const conditions = conditionsOf(selection, parameters)
  const { rows } = await session.query(
    `SELECT count(*) FROM ${store.names.quoted}.${kind.table} r WHERE ${conditions.join(' AND ')}`,
    parameters.values,
  )
  return numberOf(rows[0]?.[0])
}

/** The records of a batch of a scan. */
export async function scanBatch<T extends AnyRecord>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  selection: Selection,
): Promise<PositionedBatch<T> | undefined> {
  const selected = await selectRows(session, store, kind, selection)
  const last = selected.at(-1)
  if (last === undefined) return undefined
  return {
    records: selected.map(({ row }) => kind.read(row)),
    ...(selection.withEmbeddings ? { embeddings: selected.map(({ embedding }) => embedding) } : {}),
    position: last.row.position,
  }
}

/** Vectors a round of {@link readMatrix} fetches: the text form of a round stays below a few megabytes. */
const matrixRows = 512

/** All vectors in scope, in insertion order, bit for bit. */
export async function readMatrix<T extends AnyRecord>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  access: Access,
): Promise<EmbeddingMatrix> {
  const table = `${store.names.quoted}.${kind.vectorTable} v`
  const counting = new Parameters()
  const counted = await session.query(
    `SELECT count(*) FROM ${table} WHERE ${counting.access(access, 'v')}`,
    counting.values,
  )
  const rows = numberOf(counted.rows[0]?.[0])
  const data = new Float32Array(rows * store.dimensions)
  await readByIndex(session)
  const nodeIds: string[] = []
  let after = '0'
  while (nodeIds.length < rows) {
    const parameters = new Parameters()
    const batch = await session.query(
      `SELECT v.position, v.id, ${vectorHex(store)} FROM ${table}
       WHERE ${parameters.access(access, 'v')} AND v.position > ${parameters.add(after)}
       ORDER BY v.position LIMIT ${matrixRows}`,
      parameters.values,
    )
    for (const [position, id, hex] of batch.rows) {
      data.set(decodeVectorHex(textOf(hex)), nodeIds.length * store.dimensions)
      nodeIds.push(textOf(id))
      after = textOf(position)
    }
  }
  return { nodeIds, rows, dimensions: store.dimensions, data }
}

/** A vector's true bits in pgvector's binary form. @param row what its row is called. */
export function vectorBits(store: Store, row = 'v'): string {
  return `COALESCE(${row}.raw, ${store.vector.send}(${row}.embedding))`
}

/** The same as hex text. */
export function vectorHex(store: Store, row = 'v'): string {
  return `encode(${vectorBits(store, row)}, 'hex')`
}

/** One column of every record in scope, in insertion order. */
export async function columnOf<T extends AnyRecord>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  access: Access,
  column: string,
): Promise<readonly Row[]> {
  const parameters = new Parameters()
  const { rows } = await session.query(
    `SELECT r.${column} FROM ${store.names.quoted}.${kind.table} r
     WHERE ${parameters.access(access, 'r')} ORDER BY r.position`,
    parameters.values,
  )
  return rows
}

/**
 * Makes the rest of the transaction read in the order of an index. The planner's statistics are missing right after
 * a bulk load, and always where nobody gathers them; it would then sort the whole scope for each batch of a scan.
 */
async function readByIndex(session: Session): Promise<void> {
  await session.query("SELECT set_config('enable_sort', 'off', true)")
}

/** Whether the selection is a few known records, which are best found one by one and then sorted. */
function namesRecords({ id, positions, filter }: Selection): boolean {
  return id !== undefined || positions !== undefined || filter?.ids !== undefined
}

function conditionsOf(selection: Selection, parameters: Parameters): readonly string[] {
  const { access, filter, id, after, positions } = selection
  return [
    parameters.access(access, 'r'),
    ...(id === undefined ? [] : [`r.id = ANY(${parameters.add(textArray(storableKeys([id])))}::text[])`]),
    ...(after === undefined ? [] : [`r.position > ${parameters.add(after)}`]),
    ...(positions === undefined
      ? []
      : [`r.position = ANY(${parameters.add(int8Array(positions))}::bigint[])`]),
    ...filterConditions(filter, 'r', parameters),
  ]
}
