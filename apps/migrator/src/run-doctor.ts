import type { DirectoryReport } from '@holdfast/backend-file'
import type { DatabaseReport } from '@holdfast/backend-postgres'
import { parseStoreUrl, redactUrl } from '@holdfast/config'
import type { CommandContext } from './command-context.js'
import { UsageError } from './usage-error.js'

/** What `doctor` found in a directory of files, or in a database. */
export type DoctorReport = DirectoryDoctorReport | DatabaseDoctorReport

interface AnyDoctorReport {
  readonly command: 'doctor'
  /** Nothing is wrong. */
  readonly ok: boolean
  readonly store: string
}

export interface DirectoryDoctorReport extends AnyDoctorReport {
  readonly directory: DirectoryReport
}

export interface DatabaseDoctorReport extends AnyDoctorReport {
  readonly database: DatabaseReport
}

export interface DoctorOptions {
  readonly schema?: string
  readonly json?: true
}

/** `doctor`: says what is in a store, what is wrong with it and what would repair that. It changes nothing. */
export async function runDoctor(
  url: string,
  { schema }: DoctorOptions,
  { signal, logger }: CommandContext,
): Promise<DoctorReport> {
  const location = parseStoreUrl(url, process.cwd())
  const store = redactUrl(url)
  if (location.kind === 'file') {
    if (schema !== undefined) throw new UsageError('--schema is for databases; a store of files has none')
    const { inspectDirectory } = await import('@holdfast/backend-file')
    const directory = await inspectDirectory({ dataDir: location.dataDir, signal })
    return { command: 'doctor', ok: directory.ok, store, directory }
  }
  const { inspectDatabase } = await import('@holdfast/backend-postgres')
  const target =
    location.kind === 'postgres'
      ? { connectionString: location.connectionString }
      : { embedded: { dataDir: location.dataDir } }
  const database = await inspectDatabase({
    ...target,
    ...(schema === undefined ? {} : { schema }),
    ...{ signal, logger },
  })
  return { command: 'doctor', ok: database.ok, store, database }
}
