import type { Scope } from '@holdfast/core'
import { compareRecords, showOwner } from './compare-records.js'
import type { UnownedMode } from './copy-memories.js'
import type { OnProgress } from './migration-progress.js'
import type { MigrationStore } from './migration-store.js'
import type { RecordDifference } from './record-difference.js'
import { RecordStream } from './record-stream.js'
import { defaultBatchSize, type SourceSurvey, surveySource } from './survey-source.js'
import { UnownedRecordsError } from './unowned-records-error.js'

export interface VerifyOptions {
  readonly from: MigrationStore
  readonly to: MigrationStore
  /** Compares only what this scope sees. Default: everything. */
  readonly scope?: Scope
  /** As in a copy: `reject` (default) throws when the source has records without an owner, `skip` leaves them out. */
  readonly unowned?: UnownedMode
  /** Records read at a time, 1 to 10,000. Default 1000. */
  readonly batchSize?: number
  /** What `surveySource` or a copy found with the same scope; saves reading the source once more. */
  readonly source?: SourceSurvey
  readonly onProgress?: OnProgress
  readonly signal?: AbortSignal
}

export interface VerifyResult {
  /** True when nothing differs. */
  readonly equal: boolean
  /** Owned records of the source. */
  readonly from: RecordCounts
  /** Owned records of the target. */
  readonly to: RecordCounts
  readonly differenceCount: number
  /** The first 20 of them. */
  readonly differences: readonly RecordDifference[]
  /** The source's records without an owner, which were left out. */
  readonly unownedSkipped: number
}

export interface RecordCounts {
  readonly nodes: number
  readonly episodes: number
  readonly vectors: number
}

/** Differences that are listed; the others are only counted. */
const maxListed = 20

/**
 * How far to look for a record that is not where it should be. One that is farther off counts as missing in one place
 * and as new in the other.
 */
const lookAhead = 256

/**
 * Compares two stores record by record: which records there are, their order, owner, cluster, every field, and the
 * bits of their vectors. Memory is bounded: both sides are read once, side by side.
 * @throws {UnownedRecordsError} with `unowned: 'reject'`.
 * @throws {MemoryError} what reading a store throws. A difference is a result, not an error.
 */
export async function verifyMemories(options: VerifyOptions): Promise<VerifyResult> {
  const { from, to, scope, unowned = 'reject', batchSize = defaultBatchSize, onProgress, signal } = options
  if (from === to) throw new TypeError('from and to are the same store')
  const source = options.source ?? (await surveySource(options))
  if (unowned === 'reject' && source.unowned.count > 0) throw new UnownedRecordsError(source.unowned)

  const total = source.nodes + source.episodes + source.unowned.count
  let done = 0
  const onRead = (count: number) => {
    done += count
    onProgress?.({ phase: 'verify', done: Math.min(done, total), total })
  }
  onProgress?.({ phase: 'verify', done, total })
  const left = new RecordStream(from, { scope, batchSize, signal, onRead })
  const right = new RecordStream(to, { scope, batchSize, signal })
  try {
    return { ...(await compareStreams(left, right)), unownedSkipped: source.unowned.count }
  } finally {
    await Promise.all([left.close(), right.close()])
  }
}

async function compareStreams(
  left: RecordStream,
  right: RecordStream,
): Promise<Omit<VerifyResult, 'unownedSkipped'>> {
  const differences: RecordDifference[] = []
  let differenceCount = 0
  for (;;) {
    const step = await nextStep(left, right)
    if (step === undefined) break
    for (const difference of step) {
      differenceCount += 1
      if (differences.length < maxListed) differences.push(difference)
    }
  }
  return {
    equal: differenceCount === 0,
    from: left.counts,
    to: right.counts,
    differenceCount,
    differences,
  }
}

/** Takes the next record from one side or both and says what differs; `undefined` when both have ended. */
async function nextStep(
  left: RecordStream,
  right: RecordStream,
): Promise<readonly RecordDifference[] | undefined> {
  const [a, b] = [await left.first(), await right.first()]
  if (a === undefined && b === undefined) return undefined
  if (a !== undefined && b !== undefined && a.key === b.key) return takeBoth(left, right)
  const inRight = a === undefined ? -1 : await right.find(a, lookAhead)
  const inLeft = b === undefined ? -1 : await left.find(b, lookAhead)
  if (a !== undefined && inRight > 0 && inLeft > 0) {
    const order = { kind: a.kind, id: a.id, field: 'order', from: 'here', to: `${inRight} records later` }
    return [order, ...takeBoth(left, right, inRight)]
  }
  // The same record but for its owner, which is what is reported.
  if (a?.kind === b?.kind && a?.id === b?.id && inRight < 0 && inLeft < 0) return takeBoth(left, right)
  const steps: RecordDifference[] = []
  if (a !== undefined && inRight < 0) {
    left.take()
    steps.push({ kind: a.kind, id: a.id, field: 'record', from: showOwner(a), to: undefined })
  }
  if (b !== undefined && inLeft < 0) {
    right.take()
    steps.push({ kind: b.kind, id: b.id, field: 'record', from: undefined, to: showOwner(b) })
  }
  return steps
}

function takeBoth(left: RecordStream, right: RecordStream, indexInRight = 0): readonly RecordDifference[] {
  const record = left.take()
  return compareRecords(record.kind, record, right.take(indexInRight))
}
