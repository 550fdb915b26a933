import { MemoryError } from '@holdfast/core'
import { closeAll } from '../base/open-data-files.js'
import { readRecordAt } from '../base/read-record-at.js'
import type { FileSystem } from '../disk/file-system.js'
import { randomName } from '../disk/random-name.js'
import { type DataPath, dataPaths, privatePaths, storePaths } from '../layout/store-paths.js'
import { type CommitRecord, type CommittedFile, readCommitRecord } from '../publish/commit-record.js'
import { foreignTargets } from '../publish/foreign-targets.js'
import { verifyCommit } from '../publish/roll-forward.js'
import type { StoredBytes } from './directory-report.js'
import { listFiles } from './list-files.js'
import { type FoundJournal, openFoundJournals } from './open-found-journals.js'
import { surveyBase } from './survey-base.js'
import { identityOf } from './survey-copy.js'
import { findFilesInPlace, recordedStore } from './survey-files.js'
import { surveyJournals } from './survey-journals.js'

/**
 * A publication that was interrupted. `damaged` because of its `record`, or because of a file that it had made ready.
 */
export type CommitSurvey =
  | { readonly state: 'none' }
  | { readonly state: 'ahead' | 'unreadable'; readonly error: MemoryError }
  | {
      readonly state: 'committed'
      /** Files of another program that it would overwrite. */
      readonly inTheWay: readonly DataPath[]
    }
  | {
      readonly state: 'damaged'
      readonly part: 'record' | 'file'
      readonly error: MemoryError
      /** The record that must have stood there. */
      readonly rebuilt: CommitRecord | undefined
      /** Whether what it had made ready can be had without it. */
      readonly isDroppable: boolean
    }

/** Looks at `.holdfast/commit.json` and what belongs to it. */
export async function surveyCommit(files: FileSystem, dataDir: string): Promise<CommitSurvey> {
  let part: 'record' | 'file' = 'record'
  try {
    const commit = await readCommitRecord(files, dataDir)
    if (commit === undefined) return { state: 'none' }
    part = 'file'
    // What has been changed since it was put in place is found with the files themselves.
    const { inTheWay, changedSince } = await foreignTargets(files, dataDir, commit)
    const own = commit.files.filter((file) => !changedSince.includes(file))
    await verifyCommit(files, dataDir, { ...commit, files: own })
    return { state: 'committed', inTheWay: inTheWay.map(({ path }) => path) }
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error
    if (error.code === 'SCHEMA_AHEAD') return { state: 'ahead', error }
    if (error.code !== 'CORRUPT') return { state: 'unreadable', error }
    const staged = await listFiles(files, dataDir, privatePaths.stage)
    const rebuilt = part === 'record' ? await rebuild(files, dataDir, staged) : undefined
    const isDroppable = await canDoWithout(files, dataDir, staged)
    return { state: 'damaged', part, error, rebuilt, isDroppable }
  }
}

/**
 * The commit that the staged files belong to: a base record stands among them, with the checksums of all others, and
 * was synced before the commit got its name.
 */
async function rebuild(
  files: FileSystem,
  dataDir: string,
  staged: readonly StoredBytes[],
): Promise<CommitRecord | undefined> {
  let best: { readonly sequence: number; readonly files: readonly CommittedFile[] } | undefined
  for (const { path } of staged.filter((file) => isStagedFor(file, storePaths.base))) {
    const record = await readRecordAt(files, dataDir, path)
    const own = await identityOf(files, dataDir, path)
    if (record?.files === undefined || own?.crc32 === undefined) continue
    const committed: CommittedFile[] = [
      { path: storePaths.base, staged: nameOf(path), size: own.size, crc32: own.crc32 },
    ]
    let isComplete = true
    for (const [target, { size, crc32 }] of record.files) {
      const found = await findStaged(files, dataDir, staged, target, { size, crc32 })
      const inPlace = await identityOf(files, dataDir, target)
      if (found !== undefined) committed.push(found)
      else if (crc32 === null || inPlace?.size !== size || inPlace.crc32 !== crc32) isComplete = false
    }
    if (isComplete && record.sequence >= (best?.sequence ?? 0)) {
      best = { sequence: record.sequence, files: committed }
    }
  }
  return best && { id: randomName(), files: best.files }
}

async function findStaged(
  files: FileSystem,
  dataDir: string,
  staged: readonly StoredBytes[],
  target: DataPath,
  known: { readonly size: number; readonly crc32: number | null },
): Promise<CommittedFile | undefined> {
  for (const file of staged.filter((each) => isStagedFor(each, target))) {
    const { size, crc32 } = (await identityOf(files, dataDir, file.path)) ?? {}
    if (size !== known.size || crc32 === undefined || crc32 !== known.crc32) continue
    return { path: target, staged: nameOf(file.path), size, crc32 }
  }
  return undefined
}

/** Whether the files in place and the journals have all that the staged files have. */
async function canDoWithout(
  files: FileSystem,
  dataDir: string,
  staged: readonly StoredBytes[],
): Promise<boolean> {
  const found = await findFilesInPlace(files, dataDir)
  let journals: readonly FoundJournal[] = []
  try {
    journals = await openFoundJournals(
      files,
      `${dataDir}/${privatePaths.journals}`,
      await recordedStore(found),
    )
    const { record, foreign, damaged, base } = await surveyBase(found, journals.length > 0)
    const isKnown = record.state === 'whole' || record.state === 'missing'
    if (!isKnown || foreign.length + damaged.length > 0 || base instanceof MemoryError) return false
    const { damage, nextSequence } = await surveyJournals(journals, base.sequence, async () => {})
    if (damage !== undefined) return false
    if (!staged.some((file) => dataPaths.some((path) => isStagedFor(file, path)))) return true
    let highest: number | undefined
    for (const { path } of staged.filter((file) => isStagedFor(file, storePaths.base))) {
      const sequence = (await readRecordAt(files, dataDir, path))?.sequence
      if (sequence !== undefined) highest = Math.max(highest ?? 0, sequence)
    }
    // When nothing tells what they hold, only journals that are still there show that they were not published.
    return highest === undefined ? journals.length > 0 : highest < nextSequence
  } finally {
    await closeAll(found.files)
    for (const { file } of journals) await file.release()
  }
}

function isStagedFor({ path }: StoredBytes, target: DataPath): boolean {
  return nameOf(path).endsWith(`-${nameOf(target)}`)
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
