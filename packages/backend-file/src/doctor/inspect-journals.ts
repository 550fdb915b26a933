import { MemoryError } from '@holdfast/core'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { readAcknowledged } from '../journal/acknowledged-mark.js'
import { isUnfinished, markName } from '../journal/journal-name.js'
import { privatePaths } from '../layout/store-paths.js'
import type { JournalReport } from './directory-report.js'
import { type Finding, finding } from './finding.js'
import type { FoundJournal } from './open-found-journals.js'
import type { JournalDamage, JournalsSurvey } from './survey-journals.js'

/** Each journal by itself. @param after the last sequence that the base holds. */
export async function reportJournals(
  found: readonly FoundJournal[],
  after: number,
): Promise<readonly JournalReport[]> {
  const reports: JournalReport[] = []
  let newerStart = Number.POSITIVE_INFINITY
  for (const journal of found.toReversed()) {
    const { name, generation, file } = journal
    const facts = { name, generation, bytes: file.size }
    if (journal.error !== undefined) {
      reports.unshift({ ...facts, end: 'unreadable', transactions: 0 })
      continue
    }
    const { scan } = await journal.scan()
    let transactions = 0
    for await (const _ of scan.transactions()) transactions += 1
    const { kind, nextSequence, damagedAt } = scan.end
    const first = scan.header.startSequence
    const isOver = newerStart <= Math.max(first, after + 1)
    reports.unshift({
      ...facts,
      end: isOver ? 'superseded' : kind,
      sequences: { first, next: nextSequence },
      transactions,
      ...(damagedAt === undefined ? {} : { damagedAt }),
    })
    newerStart = Math.min(newerStart, first)
  }
  return reports
}

/** @param isBeingWritten whether the end of the newest journal may be in the middle of a write. */
export async function journalFindings(
  files: FileSystem,
  dataDir: string,
  survey: JournalsSurvey,
  found: readonly FoundJournal[],
  { bootId, isBeingWritten }: { readonly bootId: string; readonly isBeingWritten: boolean },
): Promise<readonly Finding[]> {
  const directory = privatePaths.journals
  const { pending, torn, damage, superfluous } = survey
  const findings: Finding[] = []
  if (damage !== undefined) findings.push(damageFinding(damage))
  for (const { name, error } of superfluous) {
    const message = `${error?.message ?? ''}; newer journals, or the files, hold all that counts of it`
    findings.push(finding('JOURNAL_HEADER_DAMAGED', `${directory}/${name}`, message, 'cut-journal'))
  }
  if (pending > 0) {
    const message = `${count(pending)} not in the published files yet; the next close puts them there`
    findings.push(finding('JOURNAL_PENDING', directory, message, 'next open'))
  }
  const newest = found.at(-1)
  if (damage === undefined && newest !== undefined && newest.error === undefined && !isBeingWritten) {
    if (torn !== undefined) {
      const bytes = torn.journal.file.size - torn.offset
      const message = `its last ${bytes} bytes are a write that was never finished; they will be kept in quarantine`
      findings.push(finding('JOURNAL_TORN', `${directory}/${torn.journal.name}`, message, 'next open'))
    }
    findings.push(...(await lostFindings(files, dataDir, newest, bootId)))
  }
  const names =
    (await onDisk(directory, () => ifPresent(() => files.readdir(`${dataDir}/${directory}`)))) ?? []
  const unfinished = isBeingWritten ? [] : names.filter(isUnfinished)
  if (unfinished.length > 0) {
    const message = `${unfinished.join(', ')}: a journal that was never begun`
    findings.push(finding('LEFTOVERS', directory, message, 'next open'))
  }
  return findings
}

function damageFinding({ kind, name, error, firstLost, readableLater }: JournalDamage): Finding {
  const place = `${privatePaths.journals}/${name}`
  if (error.code !== 'CORRUPT') {
    return finding(error.code === 'SCHEMA_AHEAD' ? 'SCHEMA_AHEAD' : 'FILE_UNREADABLE', place, error.message)
  }
  const code = {
    corrupt: 'JOURNAL_CORRUPT',
    header: 'JOURNAL_HEADER_DAMAGED',
    gap: 'JOURNAL_GAP',
    refused: 'JOURNAL_REFUSED',
  } as const
  const lost =
    `cut-journal keeps all before sequence ${firstLost}; of what came later, ` +
    `${count(readableLater)} still readable and would lie in quarantine`
  return finding(code[kind], place, `${error.message}; ${lost}`, 'cut-journal')
}

/** What the mark beside a journal promises readers and the journal does not have. */
async function lostFindings(
  files: FileSystem,
  dataDir: string,
  journal: FoundJournal,
  bootId: string,
): Promise<readonly Finding[]> {
  const { scan } = await journal.scan()
  for await (const _ of scan.transactions()) {
    // Only the end matters.
  }
  const path = `${privatePaths.journals}/${markName(journal.generation)}`
  const mark = await onDisk(path, () => ifPresent(() => files.open(`${dataDir}/${path}`, 'read')))
  if (mark === undefined) return []
  try {
    const acknowledged = await onDisk(path, () => readAcknowledged(mark, scan.header.salt, bootId))
    const missing = (acknowledged?.offset ?? 0) - scan.end.offset
    if (missing <= 0) return []
    const message =
      `its last ${missing} bytes were acknowledged and are gone, as after a power cut with a durability ` +
      "other than 'full', or with a disk that does not keep what it promises; the next open goes on without them"
    return [finding('ACKNOWLEDGED_LOST', `${privatePaths.journals}/${journal.name}`, message, 'next open')]
  } catch (error) {
    if (error instanceof MemoryError) return []
    throw error
  } finally {
    await mark.close()
  }
}

function count(transactions: number): string {
  return transactions === 1 ? '1 transaction is' : `${transactions} transactions are`
}
