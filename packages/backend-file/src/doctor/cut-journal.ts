import { MemoryError } from '@holdfast/core'
import { closeAll } from '../base/open-data-files.js'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import { collectOperations } from '../journal/collect-operations.js'
import type { CarriedFrame } from '../journal/create-journal.js'
import { frameHeaderLength, paddedLength } from '../journal/journal-frame.js'
import { isUnfinished, markName } from '../journal/journal-name.js'
import { JournalWriter } from '../journal/journal-writer.js'
import type { JournalFile } from '../journal/read-journals.js'
import type { ScannedFrame } from '../journal/scan-journal.js'
import { privatePaths } from '../layout/store-paths.js'
import { StoreState } from '../store/store-state.js'
import { keepInQuarantine } from './keep-in-quarantine.js'
import { type FoundJournal, openFoundJournals } from './open-found-journals.js'
import { finishPublication, impossible, type RepairContext } from './repair-context.js'
import { removeFile } from './replace-file.js'
import { type BaseSurvey, surveyBase } from './survey-base.js'
import { findFilesInPlace, recordedStore } from './survey-files.js'
import { type JournalDamage, surveyJournals } from './survey-journals.js'

const directory = privatePaths.journals

/** A whole transaction before the damage. */
interface KeptTransaction {
  readonly journal: JournalFile
  readonly firstSequence: number
  readonly frames: readonly ScannedFrame[]
}

/**
 * `cut-journal`: keeps all transactions before the first damage. What the damaged journal has of them is written into a
 * new one, whose appearance makes the damaged one and all later ones count no more; their copies are in quarantine by
 * then.
 * @returns what it did.
 * @throws {MemoryError} `NOT_SUPPORTED` when the base record has to be repaired first; `SCHEMA_AHEAD`.
 */
export async function cutJournal(context: RepairContext): Promise<readonly string[]> {
  const { files, dataDir } = context
  await finishPublication(context)
  const found = await findFilesInPlace(files, dataDir)
  let journals: readonly FoundJournal[] = []
  try {
    journals = await openFoundJournals(files, `${dataDir}/${directory}`, await recordedStore(found))
    const survey = await surveyBase(found, journals.length > 0)
    const { record, base } = survey
    if (record.state !== 'whole' && record.state !== 'missing') {
      throw impossible('nothing tells where the journals go on: repair the base record first')
    }
    const state = base instanceof MemoryError ? undefined : new StoreState(base)
    const kept: KeptTransaction[] = []
    const after = record.state === 'whole' ? record.record.sequence : 0
    const read = await surveyJournals(journals, after, async (transaction, journal) => {
      state?.apply(transaction.sequence, await collectOperations(transaction), journal.file)
      kept.push({ journal, firstSequence: transaction.firstSequence, frames: transaction.frames })
    })
    const { damage, superfluous } = read
    if (damage === undefined && superfluous.length === 0) return []
    if (damage !== undefined && damage.error.code !== 'CORRUPT') throw damage.error
    if (damage?.kind === 'gap' && read.pending === 0 && survey.foreign.length > 0) {
      throw impossible('nothing proves that the journals build on these files: repair the base record first')
    }
    const from = damage ? journals.findIndex(({ name }) => name === damage.name) : journals.length
    const dropped = [...superfluous, ...journals.slice(from)]
    await keepInQuarantine(
      context,
      'cut-journal',
      dropped.map(({ name }) => `${directory}/${name}`),
    )
    if (damage !== undefined) {
      const isRead = damage.kind === 'corrupt' || damage.kind === 'refused'
      const { firstUnproven = Number.POSITIVE_INFINITY } = read
      // Besides what stands in the damaged one, what only the system's cache may hold: see openJournal.
      const carried = kept.filter(
        ({ journal, firstSequence }) =>
          (isRead && journal.name === damage.name) || firstSequence >= firstUnproven,
      )
      await goOnBefore(context, damage, survey, journals, carried)
    }
    for (const { name, generation } of dropped) {
      await ifPresent(() => files.unlink(`${dataDir}/${directory}/${markName(generation)}`))
      await removeFile(context, `${directory}/${name}`)
    }
    return describe(dropped, damage)
  } finally {
    await closeAll(found.files)
    for (const { file } of journals) await file.release()
  }
}

/** Begins a journal that replaces the damaged one and those behind it. */
async function goOnBefore(
  { files, dataDir, environment, assertLocked }: RepairContext,
  { firstLost }: JournalDamage,
  { record }: BaseSurvey,
  journals: readonly FoundJournal[],
  carried: readonly KeptTransaction[],
): Promise<void> {
  for (const left of await onDisk(directory, () => files.readdir(`${dataDir}/${directory}`))) {
    if (isUnfinished(left)) await onDisk(directory, () => files.unlink(`${dataDir}/${directory}/${left}`))
  }
  await onDisk(directory, () => files.syncDirectory(`${dataDir}/${directory}`))
  const recorded = record.state === 'whole' ? record.record : undefined
  const store = recorded?.store ?? journals.find((journal) => journal.store !== undefined)?.store
  const writer = await JournalWriter.create({
    files,
    directory: `${dataDir}/${directory}`,
    generation: Math.max(recorded?.generation ?? 0, ...journals.map(({ generation }) => generation)) + 1,
    startSequence: carried[0]?.firstSequence ?? firstLost,
    durability: 'full',
    bootId: await environment.bootId(),
    assertLocked,
    ...(store === undefined ? {} : { store }),
    carried: { frames: framesOf(carried), size: sizeOf(carried) },
  })
  await writer.close()
}

async function* framesOf(kept: readonly KeptTransaction[]): AsyncGenerator<CarriedFrame> {
  for (const { journal, frames } of kept) {
    for (const frame of frames) yield { ...frame.header, payload: await journal.scan.payload(frame) }
  }
}

function sizeOf(kept: readonly KeptTransaction[]): number {
  let size = 0
  for (const { frames } of kept) {
    for (const { header } of frames) size += frameHeaderLength + paddedLength(header.payloadLength)
  }
  return size
}

function describe(dropped: readonly FoundJournal[], damage: JournalDamage | undefined): readonly string[] {
  const names = dropped.map(({ name }) => name).join(', ')
  if (damage === undefined) return [`${names} was set aside; nothing of it counted any more`]
  const { firstLost, readableLater } = damage
  return [
    `the journals end before sequence ${firstLost}; ${names} were set aside, with ${readableLater} later transactions that can still be read`,
  ]
}
