import type { CallContext, EpisodicMemory, MemoryNode } from '@holdfast/core'
import { adminAccess } from '../connection/access.js'
import { numberOf, type Session } from '../connection/session.js'
import { inspectStore } from '../doctor/inspect-database.js'
import { selectRows } from '../records/read-records.js'
import { episodeKind, nodeKind, type RecordKindOf } from '../records/record-kind.js'
import { forCall, reading, type Store } from '../store.js'

/** Problems after which nobody reads on. */
const enough = 100

/** Records of a batch. */
const batchSize = 500

/** Each has an index that begins with the owner. */
const tables = ['node', 'node_vector', 'node_words', 'episode', 'episode_vector'] as const

/**
 * Reads every text and every vector, and says what is wrong: all errors of the doctor, counts of tables and their
 * indexes that do not agree, and records that cannot be read.
 */
export async function verifyStore(
  store: Store,
  embedded: boolean,
  context: CallContext,
): Promise<readonly string[]> {
  const { database, names } = store
  const { findings } = await inspectStore({ database, names, embedded, signal: context.signal })
  const problems = findings
    .filter(({ severity }) => severity === 'error')
    .map(({ place, message }) => `${place}: ${message}`)
  problems.push(
    ...(await reading(store, forCall(adminAccess, context), (session) => countsOf(session, store))),
  )
  for (const kind of [nodeKind, episodeKind] as const) {
    await readAll(store, kind as RecordKindOf<MemoryNode | EpisodicMemory>, context, problems)
  }
  return problems.slice(0, enough)
}

/** Rows that an index does not lead to, or leads to twice, are there or not depending on the plan of a read. */
async function countsOf(session: Session, { names }: Store): Promise<readonly string[]> {
  const problems: string[] = []
  const count = async (table: string, byIndex: boolean) => {
    const [tableScan, indexScan] = byIndex ? ['off', 'on'] : ['on', 'off']
    await session.query(
      `SELECT set_config('enable_seqscan', $1, true), set_config('enable_indexscan', $2, true),
         set_config('enable_indexonlyscan', $2, true), set_config('enable_bitmapscan', $2, true)`,
      [tableScan, indexScan],
    )
    const { rows } = await session.query(
      `SELECT count(*) FROM ${names.quoted}.${table} WHERE owner_key >= ''`,
    )
    return numberOf(rows[0]?.[0])
  }
  for (const table of tables) {
    const [inTable, inIndex] = [await count(table, false), await count(table, true)]
    if (inTable === inIndex) continue
    const how = `REINDEX TABLE CONCURRENTLY ${names.quoted}.${table};`
    problems.push(`${names.plain}.${table}: it has ${inTable} rows, its indexes lead to ${inIndex}: ${how}`)
  }
  return problems
}

async function readAll(
  store: Store,
  kind: RecordKindOf<MemoryNode | EpisodicMemory>,
  context: CallContext,
  problems: string[],
): Promise<void> {
  let after = 0
  while (problems.length < enough) {
    const rows = await reading(store, forCall(adminAccess, context), (session) =>
      selectRows(session, store, kind, {
        access: adminAccess,
        after,
        limit: batchSize,
        withEmbeddings: true,
      }),
    )
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.row.position
    for (const { row, embedding } of rows) {
      const problem = problemOf(() => {
        kind.read(row)
        const length = embedding?.length ?? store.dimensions
        return length === store.dimensions ? undefined : `its vector has ${length} values`
      })
      if (problem !== undefined) problems.push(`${kind.table} ${row.id} at ${row.position}: ${problem}`)
    }
  }
}

function problemOf(check: () => string | undefined): string | undefined {
  try {
    return check()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
