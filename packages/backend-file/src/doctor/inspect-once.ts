import { MemoryError } from '@holdfast/core'
import { closeAll } from '../base/open-data-files.js'
import { collectOperations } from '../journal/collect-operations.js'
import { privatePaths, storePaths } from '../layout/store-paths.js'
import { directoryBytes } from '../store/directory-bytes.js'
import type { Environment } from '../store/environment.js'
import { StoreState } from '../store/store-state.js'
import { verifyRecords } from '../store/verify-store.js'
import { fileReports, plainFindings, recordReport, stateReport } from './describe-survey.js'
import type { DirectoryReport } from './directory-report.js'
import { type Finding, finding } from './finding.js'
import { baseFindings } from './inspect-base.js'
import { inspectHolder } from './inspect-holder.js'
import { journalFindings, reportJournals } from './inspect-journals.js'
import { layoutOf } from './inspect-layout.js'
import { inspectPublication } from './inspect-publication.js'
import { listFiles } from './list-files.js'
import { type FoundJournal, openFoundJournals } from './open-found-journals.js'
import { planRecordReset } from './record-reset.js'
import { type BaseSurvey, surveyBase } from './survey-base.js'
import { surveyCopy } from './survey-copy.js'
import { findFiles, recordedStore } from './survey-files.js'
import { type JournalsSurvey, surveyJournals } from './survey-journals.js'

/** Inspects a directory as it is; whoever calls makes sure that it has not changed meanwhile. */
export async function inspectOnce(
  environment: Environment,
  dataDir: string,
  signal: AbortSignal | undefined,
): Promise<DirectoryReport> {
  const { files } = environment
  const layout = await layoutOf(files, dataDir)
  const { holder, findings: holderFindings } = await inspectHolder(files, dataDir)
  const { publication, isDamaged, findings: commitFindings } = await inspectPublication(files, dataDir)
  const isBeingWritten = holder?.isAlive === true
  const found = await findFiles(files, dataDir)
  let journals: readonly FoundJournal[] = []
  try {
    const opened = await openFoundJournals(
      files,
      `${dataDir}/${privatePaths.journals}`,
      await recordedStore(found),
    ).catch(asFailure)
    if (!(opened instanceof MemoryError)) journals = opened
    const survey = await surveyBase(found, opened instanceof MemoryError || journals.length > 0, signal)
    const copy = await surveyCopy(files, dataDir, survey.recorded, signal)
    const reset = await planRecordReset(files, dataDir, survey, journals)
    const state = survey.base instanceof MemoryError ? undefined : new StoreState(survey.base)
    const after = await lastSequence(survey, reset.record?.sequence, journals)
    const read = await surveyJournals(journals, after, async (transaction, { file }) => {
      signal?.throwIfAborted()
      state?.apply(transaction.sequence, await collectOperations(transaction), file)
    })
    const filesFound = await baseFindings(survey, copy, reset)
    const journalsFound = await journalFindings(files, dataDir, read, journals, {
      bootId: await environment.bootId(),
      isBeingWritten,
    })
    const content = state ? await contentFindings(state, signal) : []
    const quarantine = await listFiles(files, dataDir, privatePaths.quarantine)
    const findings = [
      ...holderFindings,
      ...(isBeingWritten ? commitFindings.filter(({ severity }) => severity !== 'info') : commitFindings),
      // Files of a publication that cannot be finished are of two moments.
      ...(isDamaged ? [] : filesFound),
      ...(isDamaged || isResetFirst(survey, read) ? [] : journalsFound),
      ...(opened instanceof MemoryError
        ? [finding('FILE_UNREADABLE', privatePaths.journals, opened.message)]
        : []),
      ...content,
      ...plainFindings(layout, state, quarantine),
    ].sort((a, b) => rank(a) - rank(b))
    return {
      dataDir,
      ok: findings.every(({ severity }) => severity === 'info'),
      layout,
      bytes: await directoryBytes(files, dataDir),
      ...(state === undefined ? {} : stateReport(state)),
      files: fileReports(survey),
      baseRecord: recordReport(survey),
      journals: await reportJournals(journals, after),
      pendingTransactions: read.pending,
      ...(holder === undefined ? {} : { holder }),
      ...(publication === undefined ? {} : { publication }),
      copy,
      quarantine,
      findings,
    }
  } finally {
    await closeAll(found.files)
    for (const { file } of journals) await file.release()
  }
}

function asFailure(error: unknown): MemoryError {
  if (error instanceof MemoryError) return error
  throw error
}

/** Of the base; where nothing tells, as if the oldest journal followed on. */
async function lastSequence(
  { record }: BaseSurvey,
  proven: number | undefined,
  journals: readonly FoundJournal[],
): Promise<number> {
  if (record.state === 'whole') return record.record.sequence
  if (record.state === 'missing') return 0
  const first = journals.find(({ error }) => error === undefined)
  return proven ?? (first ? (await first.scan()).scan.header.startSequence - 1 : 0)
}

/** Whether a journal seems to be missing only because nothing tells where the files end. */
function isResetFirst({ record }: BaseSurvey, { damage, pending }: JournalsSurvey): boolean {
  return record.state !== 'whole' && damage?.kind === 'gap' && pending === 0
}

async function contentFindings(
  state: StoreState,
  signal: AbortSignal | undefined,
): Promise<readonly Finding[]> {
  return (await verifyRecords({ state, signal })).map((problem) => {
    const place = Object.values(storePaths).find((path) => problem.startsWith(path)) ?? privatePaths.journals
    return finding('CONTENT_DAMAGED', place, problem)
  })
}

function rank({ severity }: Finding): number {
  return ['error', 'warning', 'info'].indexOf(severity)
}
