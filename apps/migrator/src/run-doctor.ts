import type { DirectoryReport } from '@holdfast/backend-file'
import type { CommandContext } from './command-context.js'
import { fileDirectoryAt } from './file-directory.js'

/** What `doctor` found. */
export interface DoctorReport {
  readonly command: 'doctor'
  /** Nothing is wrong. */
  readonly ok: boolean
  readonly store: string
  readonly directory: DirectoryReport
}

/** `doctor`: says what is in a store, what is wrong with it and what would repair that. It changes nothing. */
export async function runDoctor(url: string, { signal }: CommandContext): Promise<DoctorReport> {
  const { shown, dataDir } = fileDirectoryAt(url)
  const { inspectDirectory } = await import('@holdfast/backend-file')
  const directory = await inspectDirectory({ dataDir, signal })
  return { command: 'doctor', ok: directory.ok, store: shown, directory }
}
