import type { MemoryError } from '@holdfast/core'
import type { FileSystem } from '../disk/file-system.js'
import { type DataPath, privatePaths } from '../layout/store-paths.js'
import type { PublicationReport } from './directory-report.js'
import { type Finding, finding } from './finding.js'
import { listFiles } from './list-files.js'
import { type CommitSurvey, surveyCommit } from './survey-commit.js'

/** What an interrupted publication has left. */
export async function inspectPublication(
  files: FileSystem,
  dataDir: string,
): Promise<{
  readonly publication?: PublicationReport
  readonly isDamaged: boolean
  readonly findings: readonly Finding[]
}> {
  const survey = await surveyCommit(files, dataDir)
  const staged = await listFiles(files, dataDir, privatePaths.stage)
  const bytes = staged.reduce((sum, file) => sum + file.bytes, 0)
  switch (survey.state) {
    case 'none': {
      if (staged.length === 0) return { isDamaged: false, findings: [] }
      const message = `${staged.length} files (${bytes} bytes) of a publication that was never committed`
      const findings = [finding('LEFTOVERS', privatePaths.stage, message, 'next open')]
      return { publication: { state: 'staged', files: staged }, isDamaged: false, findings }
    }
    case 'committed': {
      const message = 'a publication was committed and not all of its files are in place'
      const unfinished = finding('PUBLICATION_UNFINISHED', privatePaths.commit, message, 'next open')
      const findings = [unfinished, ...foreignFindings(survey.inTheWay)]
      return { publication: { state: 'committed', files: staged }, isDamaged: false, findings }
    }
    default:
      return {
        publication: { state: 'damaged', files: staged },
        isDamaged: true,
        findings: [damageFinding(survey)],
      }
  }
}

function foreignFindings(inTheWay: readonly DataPath[]): readonly Finding[] {
  if (inTheWay.length === 0) return []
  const message =
    `another program has changed ${inTheWay.join(', ')} while a publication was unfinished; restore and adopt keep ` +
    'what it wrote in quarantine and finish the publication'
  return [finding('FOREIGN_BASE', '.', message, 'restore', 'adopt')]
}

function damageFinding(survey: Extract<CommitSurvey, { readonly error: MemoryError }>): Finding {
  const place = privatePaths.commit
  const { message } = survey.error
  if (survey.state === 'ahead') return finding('SCHEMA_AHEAD', place, message)
  if (survey.state !== 'damaged') return finding('FILE_UNREADABLE', place, message)
  const code = survey.part === 'record' ? 'COMMIT_DAMAGED' : 'STAGED_FILE_DAMAGED'
  if (survey.rebuilt !== undefined) {
    const how = 'the files that it had made ready are whole and tell what stood there; nothing is lost'
    return finding(code, place, `${message}; ${how}`, 'rebuild-commit')
  }
  if (survey.isDroppable) {
    const how = 'what was published before and the journals have all that it was to publish; nothing is lost'
    return finding(code, place, `${message}; ${how}`, 'drop-commit')
  }
  const why =
    'what it had made ready is needed and not whole: put back a backup, or ask for help before you change anything'
  return finding(code, place, `${message}; ${why}`)
}
