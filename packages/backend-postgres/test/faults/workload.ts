import { MemoryError } from '@holdfast/core'
import { OutcomeUnknownError, type PostgresBackend } from '../../src/index.js'

/** What is known of a batch of nodes that was inserted with one call. */
export interface Batch {
  readonly ids: readonly string[]
  /** What the caller was told of the insert, and of the delete when there was one. */
  inserted: 'done' | 'refused' | 'unknown'
  deleted: 'not tried' | 'done' | 'unknown'
}

/** What a workload has done, as its callers know it. */
export interface Journal {
  readonly batches: Batch[]
  /** Per node: accesses that were confirmed, and those whose outcome is unknown. */
  readonly accesses: Map<string, { done: number; unknown: number }>
  /** What was found wrong while it ran. */
  readonly wrong: string[]
  confirmed: number
}

export interface WorkloadOptions {
  readonly backend: PostgresBackend
  readonly tenantId: string
  readonly random: () => number
  readonly writers: number
  readonly callsPerWriter: number
  readonly onConfirmed?: (journal: Journal) => void
}

const counters = ['counter-0', 'counter-1', 'counter-2']

export async function prepareWorkload({ backend, tenantId }: WorkloadOptions): Promise<void> {
  await backend.insertNodes(counters.map((id) => node(id, tenantId)))
}

/** Many writers at once: batches, deletes of whole batches, counted accesses, and scans through all of it. */
export async function runWorkload(options: WorkloadOptions): Promise<Journal> {
  const journal: Journal = {
    batches: [],
    accesses: new Map(counters.map((id) => [id, { done: 0, unknown: 0 }])),
    wrong: [],
    confirmed: 0,
  }
  const writer = async (name: number) => {
    for (let call = 0; call < options.callsPerWriter; call += 1) {
      const choice = options.random()
      if (choice < 0.5) await insert(journal, options, `${name}-${call}`)
      else if (choice < 0.8) await access(journal, options)
      else if (choice < 0.93) await remove(journal, options)
      else await scan(journal, options)
      journal.confirmed += 1
      options.onConfirmed?.(journal)
    }
  }
  await Promise.all(Array.from({ length: options.writers }, (_, name) => writer(name)))
  return journal
}

async function insert(journal: Journal, { backend, tenantId, random }: WorkloadOptions, name: string) {
  const ids = Array.from({ length: 1 + Math.floor(random() * 6) }, (_, index) => `${name}-${index}`)
  const batch: Batch = { ids, inserted: 'unknown', deleted: 'not tried' }
  const told = await outcome(
    journal,
    backend.insertNodes(
      ids.map((id) => node(id, tenantId)),
      { onConflict: 'error' },
    ),
  )
  batch.inserted = told.state
  journal.batches.push(batch)
  if (told.state === 'done' && told.value.inserted !== ids.length)
    journal.wrong.push('inserted another number')
}

async function access(journal: Journal, { backend, tenantId, random }: WorkloadOptions) {
  const named = counters.filter(() => random() < 0.6)
  const { state } = await outcome(journal, backend.recordAccess({ tenantId }, named))
  for (const id of named) {
    const count = journal.accesses.get(id)
    if (count === undefined) continue
    if (state === 'done') count.done += 1
    if (state === 'unknown') count.unknown += 1
  }
}

async function remove(journal: Journal, { backend, tenantId, random }: WorkloadOptions) {
  const there = journal.batches.filter(
    ({ inserted, deleted }) => inserted === 'done' && deleted === 'not tried',
  )
  const batch = there[Math.floor(random() * there.length)]
  if (batch === undefined) return
  batch.deleted = 'unknown'
  const told = await outcome(journal, backend.deleteNodes({ tenantId }, batch.ids))
  if (told.state === 'refused') batch.deleted = 'not tried'
  if (told.state !== 'done') return
  batch.deleted = 'done'
  if (told.value !== batch.ids.length) journal.wrong.push(`deleted ${told.value} of ${batch.ids.length}`)
}

/** A scan sees each record once, and all that were there before it began and were not taken away since. */
async function scan(journal: Journal, { backend, tenantId }: WorkloadOptions) {
  const before = journal.batches.filter(
    ({ inserted, deleted }) => inserted === 'done' && deleted === 'not tried',
  )
  const seen: string[] = []
  const all = async () => {
    for await (const { nodes } of backend.scanNodes({ tenantId }, { batchSize: 16 })) {
      seen.push(...nodes.map(({ id }) => id))
    }
  }
  if ((await outcome(journal, all())).state !== 'done') return
  const found = new Set(seen)
  if (found.size !== seen.length) journal.wrong.push('a scan gave a record twice')
  const missed = before.filter(
    ({ deleted, ids }) => deleted === 'not tried' && ids.some((id) => !found.has(id)),
  )
  if (missed.length > 0) journal.wrong.push(`a scan missed ${missed.length} batches`)
}

type Told<T> = { readonly state: 'done'; readonly value: T } | { readonly state: 'refused' | 'unknown' }

async function outcome<T>(journal: Journal, call: Promise<T>): Promise<Told<T>> {
  try {
    return { state: 'done', value: await call }
  } catch (error) {
    if (error instanceof OutcomeUnknownError) return { state: 'unknown' }
    // Every id is used once, so this would be our own record, inserted a second time.
    if (!(error instanceof MemoryError) || error.code === 'DUPLICATE_ID') journal.wrong.push(String(error))
    return { state: 'refused' }
  }
}

export function node(id: string, tenantId: string) {
  return {
    id,
    tenantId,
    humanContent: `question ${id}`,
    assistantContent: 'answer',
    embedding: [1, id.length],
  }
}
