import type { EpisodicMemory, InsertResult, MemoryNode, NewRecord } from '@holdfast/core'
import { accessOfOwner } from '../connection/access.js'
import type { SendSeries, Session } from '../connection/session.js'
import type { Store } from '../store.js'
import { copyRecords, mayCopy } from './copy-records.js'
import { type ChunkOptions, encodeChunk, naming, savepoint, storeChunk } from './insert-chunk.js'
import { byOwner, chunks } from './record-chunks.js'
import type { PlacedRecord } from './record-columns.js'
import { removeOfOtherUsers } from './remove-of-other-users.js'
import { positionsOf, takePositions } from './write-locks.js'

type AnyRecord = MemoryNode | EpisodicMemory

export interface InsertRequest<T extends AnyRecord> extends ChunkOptions<T> {
  readonly records: readonly NewRecord<T>[]
  /**
   * Row level security lets a scoped transaction insert for one owner at a time, and it acts as the first record's
   * already; an operator's for all.
   */
  readonly perOwner: boolean
  /** Whether COPY may be used, where the database lets it. */
  readonly byCopy?: boolean
}

/** Inserts a batch inside the transaction of `session`; whoever calls rolls it back when this throws. */
export async function insertRecords<T extends AnyRecord>(
  session: Session,
  store: Store,
  request: InsertRequest<T>,
): Promise<InsertResult> {
  const { records, perOwner, onConflict } = request
  const byCopy = request.byCopy === true && onConflict === 'error' && (await mayCopy(session, store))
  const owners = records.map(({ owner }) => owner)
  const [taken] = await session.queryAll([
    takePositions(store, owners, records.length),
    ...(byCopy ? [savepoint] : []),
  ])
  const positions = positionsOf(taken)
  const placed = records.map(({ owner, record, text, embedding }, index) => {
    return { owner, record, text, embedding, position: positions[index] ?? 0 }
  })
  if (byCopy) return copyRecords(session, store, request, placed)
  const total = { inserted: 0, replaced: 0, ignored: 0 }
  let isFirst = true
  for (const group of perOwner ? byOwner(placed).values() : [placed]) {
    const owner = group[0]?.owner
    if (perOwner && !isFirst && owner !== undefined) await session.become(accessOfOwner(owner))
    isFirst = false
    add(total, await insertGroup(session, store, request, group))
  }
  return total
}

/** While the server stores some chunks, the next ones are encoded. */
async function insertGroup<T extends AnyRecord>(
  session: Session,
  store: Store,
  request: InsertRequest<T>,
  group: readonly PlacedRecord<T>[],
): Promise<InsertResult> {
  if (request.onConflict === 'error' && session.series !== undefined) {
    return insertInSeries(session, session.series, store, request, group)
  }
  const total = { inserted: 0, replaced: 0, ignored: 0 }
  let storing: Promise<InsertResult> | undefined
  try {
    if (request.onConflict === 'error') await session.queryAll([savepoint])
    for (const chunk of chunks(group)) {
      if (request.onConflict === 'replace') {
        const { batch, removed } = await removeOfOtherUsers(session, store, request.kind, chunk)
        const stored = await storeChunk(session, store, request, encodeChunk(store, request, batch))
        add(total, { ...stored, inserted: stored.inserted - removed, replaced: stored.replaced + removed })
        continue
      }
      const encoded = encodeChunk(store, request, chunk)
      if (storing !== undefined) add(total, await storing)
      storing = storeChunk(session, store, request, encoded)
      // It may fail before it is waited for, which must not count as unheard.
      storing.catch(() => {})
      // What was just handed over goes out before the next chunk keeps this thread busy.
      await session.sent()
    }
    if (storing !== undefined) add(total, await storing)
    return total
  } finally {
    // The rollback must not meet a statement that is still under way.
    await storing?.catch(() => {})
  }
}

/** One chunk after the other, of which none waits to hear that the one before is stored. */
async function insertInSeries<T extends AnyRecord>(
  session: Session,
  series: SendSeries,
  store: Store,
  request: InsertRequest<T>,
  group: readonly PlacedRecord<T>[],
): Promise<InsertResult> {
  const parts = [...chunks(group)]
  const makers = parts.map((chunk) => () => encodeChunk(store, request, chunk).rows)
  const storing = series(`WITH ${parts.length} chunks of ${request.kind.table}`, [() => savepoint, ...makers])
  await naming(session, store, request.kind, parts, storing)
  return { inserted: group.length, replaced: 0, ignored: 0 }
}

function add(total: { -readonly [Count in keyof InsertResult]: number }, part: InsertResult): void {
  total.inserted += part.inserted
  total.replaced += part.replaced
  total.ignored += part.ignored
}
