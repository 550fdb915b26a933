import type { DirectoryReport, RepairOutcome } from '@holdfast/backend-file'
import type { CommandContext } from './command-context.js'
import { fileDirectoryAt } from './file-directory.js'
import { type RepairCommandOptions, repairsOf } from './repair-options.js'

/** What `repair` did. */
export interface RepairReport {
  readonly command: 'repair'
  /** Nothing is wrong any more. */
  readonly ok: boolean
  readonly store: string
  /** In the order in which they were done. Empty when none was asked for: then nothing was changed. */
  readonly repairs: readonly RepairOutcome[]
  /** How it is now. */
  readonly directory: DirectoryReport
}

/** `repair`: does what its options name, and looks at the store afterwards. */
export async function runRepair(
  url: string,
  options: RepairCommandOptions,
  { signal, logger }: CommandContext,
): Promise<RepairReport> {
  const { shown, dataDir } = fileDirectoryAt(url)
  const names = repairsOf(options)
  const { inspectDirectory, repairDirectory } = await import('@holdfast/backend-file')
  const { allowNetworkFileSystem = false } = options
  const { repairs } =
    names.length === 0
      ? { repairs: [] }
      : await repairDirectory({ dataDir, repairs: names, allowNetworkFileSystem, logger, signal })
  const directory = await inspectDirectory({ dataDir, signal })
  return { command: 'repair', ok: directory.ok, store: shown, repairs, directory }
}
