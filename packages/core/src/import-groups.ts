import { checkChoice } from './check-arguments.js'
import type { EpisodicMemory } from './episodic-memory.js'
import { type ExportedRecord, type ImportedBatch, recordKinds } from './exported-record.js'
import { importedEpisode, importedNode } from './imported-record.js'
import type { MemoryNode } from './memory-node.js'
import {
  type NewEpisode,
  type NewNode,
  OwnedIds,
  type ParsedRecord,
  prepareRecords,
  RecordPreparer,
} from './new-record.js'

/** Checked records that are stored together: nodes or episodes, one of the two lists is empty. */
export interface ImportGroup {
  readonly nodes: readonly NewNode[]
  readonly episodes: readonly NewEpisode[]
}

/** What is stored together at most. It is enough for what a transaction costs not to count. */
const groupLimits = { bytes: 16_000_000, batches: 16 } as const
/** The first group is one batch: nothing is stored while it is checked. */
const firstLimits = { bytes: 0, batches: 1 } as const
/** Milliseconds of checking at once: what was checked before is being stored, and that goes first. */
const sliceLength = 1
/** Milliseconds up to which a turn of the event loop counts as one in which nobody had anything to do. */
const idleTurn = 0.2
/** Milliseconds without such work after which it seems to have ended. */
const leastIdle = 1
/** Milliseconds for which others may have the event loop to themselves. */
const longestRest = 20
/** Records between two looks at the clock. */
const recordsAtOnce = 16

/**
 * Checks batches and joins those that come one after the other and are of one kind. A batch is never divided. When one
 * is refused, the error comes after everything before it.
 * @param dimensions of the store.
 * @param requireWanted is asked now and then; what it throws ends everything.
 * @throws {MemoryError} as `importBatch` before anything is written.
 */
export async function* importGroups(
  batches: AsyncIterable<ImportedBatch> | Iterable<ImportedBatch>,
  dimensions: () => number | undefined,
  requireWanted: () => void,
): AsyncGenerator<ImportGroup, void, undefined> {
  let group = new GrowingGroup(firstLimits)
  let known: number | undefined
  let failure: { readonly error: unknown } | undefined
  try {
    for await (const exported of batches) {
      requireWanted()
      const batch = await checkedInSlices(exported, dimensions() ?? known, requireWanted)
      known ??= batch.dimensions
      if (batch.nodes.length + batch.episodes.length === 0) continue
      if (!group.takes(batch)) {
        yield group
        group = new GrowingGroup(groupLimits)
      }
      group.add(batch)
    }
  } catch (error) {
    failure = { error }
  }
  requireWanted()
  if (!group.isEmpty) yield group
  if (failure !== undefined) throw failure.error
}

interface CheckedBatch extends ImportGroup {
  readonly dimensions: number | undefined
}

/** One batch, checked at once. */
export function checkedBatch({ kind, records }: ImportedBatch, dimensions: number | undefined): ImportGroup {
  return checkChoice(kind, 'batch.kind', recordKinds) === 'nodes'
    ? { nodes: prepareRecords(records, dimensions, importedNode), episodes: [] }
    : { nodes: [], episodes: prepareRecords(records, dimensions, importedEpisode) }
}

async function checkedInSlices(
  { kind, records }: ImportedBatch,
  dimensions: number | undefined,
  requireWanted: () => void,
): Promise<CheckedBatch> {
  const prepare = <T extends MemoryNode | EpisodicMemory>(parse: (item: ExportedRecord) => ParsedRecord<T>) =>
    prepareInSlices(records, new RecordPreparer(dimensions, parse), requireWanted)
  if (checkChoice(kind, 'batch.kind', recordKinds) === 'nodes') {
    const nodes = await prepare(importedNode)
    return { nodes: nodes.records, episodes: [], dimensions: nodes.dimensions }
  }
  const episodes = await prepare(importedEpisode)
  return { nodes: [], episodes: episodes.records, dimensions: episodes.dimensions }
}

async function prepareInSlices<P extends RecordPreparer<ExportedRecord, MemoryNode | EpisodicMemory>>(
  records: readonly ExportedRecord[],
  preparer: P,
  requireWanted: () => void,
): Promise<P> {
  if (!Array.isArray(records)) throw new TypeError('records must be an array')
  let end = performance.now() + sliceLength
  for (const [index, record] of (records as readonly ExportedRecord[]).entries()) {
    preparer.add(record)
    if (index % recordsAtOnce !== 0 || performance.now() < end) continue
    await restUntilIdle()
    requireWanted()
    end = performance.now() + sliceLength
  }
  return preparer
}

/** Whoever stores the group before has work now and then, which the database waits for. */
function restUntilIdle(): Promise<void> {
  const start = performance.now()
  let before = start
  let idleFrom = start - leastIdle
  return new Promise((resolve) => {
    const look = () => {
      const now = performance.now()
      if (now - before > idleTurn) idleFrom = now
      if (now - idleFrom >= leastIdle || now - start > longestRest) return resolve()
      before = now
      setImmediate(look)
    }
    setImmediate(look)
  })
}

class GrowingGroup implements ImportGroup {
  readonly nodes: NewNode[] = []
  readonly episodes: NewEpisode[] = []
  readonly #ids = new OwnedIds()
  readonly #limits: typeof groupLimits | typeof firstLimits
  #batches = 0
  /** Of texts and vectors, about. */
  #bytes = 0

  constructor(limits: typeof groupLimits | typeof firstLimits) {
    this.#limits = limits
  }

  get isEmpty(): boolean {
    return this.nodes.length + this.episodes.length === 0
  }

  /** Whether a batch may be stored together with what is here: it may not hold a record that is. */
  takes({ nodes, episodes }: ImportGroup): boolean {
    if (this.isEmpty) return true
    const [batch, others] = nodes.length > 0 ? [nodes, this.episodes] : [episodes, this.nodes]
    return (
      others.length === 0 &&
      this.#batches < this.#limits.batches &&
      this.#bytes + bytesOf(batch) <= this.#limits.bytes &&
      !batch.some(({ owner, record }) => this.#ids.has(owner, record.id))
    )
  }

  add({ nodes, episodes }: ImportGroup): void {
    this.#batches += 1
    for (const node of nodes) this.nodes.push(node)
    for (const episode of episodes) this.episodes.push(episode)
    for (const list of [nodes, episodes]) {
      for (const { owner, record } of list) this.#ids.add(owner, record.id)
      this.#bytes += bytesOf(list)
    }
  }
}

function bytesOf(records: readonly (NewNode | NewEpisode)[]): number {
  return records.reduce((sum, { text, embedding }) => sum + text.length + (embedding?.byteLength ?? 0), 0)
}
