import { BackgroundWork } from './background-work.js'
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
import { untilAborted } from './until-aborted.js'

/** Checked records that are stored together: nodes or episodes, one of the two lists is empty. */
export interface ImportGroup {
  readonly nodes: readonly NewNode[]
  readonly episodes: readonly NewEpisode[]
}

/** What is stored together at most. It is enough for what a transaction costs not to count. */
const groupLimits = { bytes: 16_000_000, batches: 16 } as const
/** The first group is one batch: nothing is stored while it is checked. */
const firstLimits = { bytes: 0, batches: 1 } as const

export interface ImportGroupsOptions {
  /** Of the store. */
  readonly dimensions: () => number | undefined
  /** Whether a group is being stored, which goes before checking the next. */
  readonly isStoring: () => boolean
  /** Ends everything. */
  readonly signal: AbortSignal
}

interface Checking {
  readonly work: BackgroundWork
  readonly signal: AbortSignal
}

/**
 * Checks batches and joins those that come one after the other and are of one kind. A batch is never divided. When one
 * is refused, the error comes after everything before it.
 * @throws the reason of the signal, without another group; {MemoryError} as `importBatch` before anything is written.
 */
export async function* importGroups(
  batches: AsyncIterable<ImportedBatch> | Iterable<ImportedBatch>,
  { dimensions, isStoring, signal }: ImportGroupsOptions,
): AsyncGenerator<ImportGroup, void, undefined> {
  // Whoever stores the group before has work now and then, which the database waits for.
  const checking: Checking = { work: new BackgroundWork(isStoring), signal }
  let group = new GrowingGroup(firstLimits)
  let known: number | undefined
  let failure: { readonly error: unknown } | undefined
  try {
    for await (const exported of untilAborted(batches, signal)) {
      await restWhenDue(checking)
      const batch = await checkedInPieces(exported, dimensions() ?? known, checking)
      known ??= batch.dimensions
      if (batch.nodes.length + batch.episodes.length === 0) continue
      if (!group.takes(batch)) {
        yield group
        group = new GrowingGroup(groupLimits)
      }
      group.add(batch)
      if (!group.isFull) continue
      // The source may take its time for the next batch.
      yield group
      group = new GrowingGroup(groupLimits)
    }
  } catch (error) {
    failure = { error }
  }
  signal.throwIfAborted()
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

async function checkedInPieces(
  { kind, records }: ImportedBatch,
  dimensions: number | undefined,
  checking: Checking,
): Promise<CheckedBatch> {
  const prepare = <T extends MemoryNode | EpisodicMemory>(parse: (item: ExportedRecord) => ParsedRecord<T>) =>
    prepareInPieces(records, new RecordPreparer(dimensions, parse), checking)
  if (checkChoice(kind, 'batch.kind', recordKinds) === 'nodes') {
    const nodes = await prepare(importedNode)
    return { nodes: nodes.records, episodes: [], dimensions: nodes.dimensions }
  }
  const episodes = await prepare(importedEpisode)
  return { nodes: [], episodes: episodes.records, dimensions: episodes.dimensions }
}

async function prepareInPieces<P extends RecordPreparer<ExportedRecord, MemoryNode | EpisodicMemory>>(
  records: readonly ExportedRecord[],
  preparer: P,
  checking: Checking,
): Promise<P> {
  if (!Array.isArray(records)) throw new TypeError('records must be an array')
  for (const record of records as readonly ExportedRecord[]) {
    preparer.add(record)
    if (checking.work.isDue) await restWhenDue(checking)
  }
  return preparer
}

async function restWhenDue({ work, signal }: Checking): Promise<void> {
  if (work.isDue) await work.rest()
  signal.throwIfAborted()
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

  get isFull(): boolean {
    return this.#batches >= this.#limits.batches || this.#bytes >= this.#limits.bytes
  }

  /** Whether a batch may be stored together with what is here: it may not hold a record that is. */
  takes({ nodes, episodes }: ImportGroup): boolean {
    if (this.isEmpty) return true
    const [batch, others] = nodes.length > 0 ? [nodes, this.episodes] : [episodes, this.nodes]
    return (
      others.length === 0 &&
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
