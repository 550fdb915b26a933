import { resolve } from 'node:path'
import { checkOptions, type Logger, MemoryError, silentLogger } from '@holdfast/core'
import { onDisk } from '../disk/disk-failure.js'
import { privatePaths } from '../layout/store-paths.js'
import { type Environment, nodeEnvironment } from '../store/environment.js'
import { refuseNetwork } from '../store/open-store.js'
import { cutBase } from './cut-base.js'
import { cutJournal } from './cut-journal.js'
import { layoutOf } from './inspect-layout.js'
import { listFiles } from './list-files.js'
import { dropCommit, rebuildCommit } from './mend-commit.js'
import { type RepairContext, type RepairPlace, withLock } from './repair-context.js'
import { type RepairName, repairNames } from './repair-name.js'
import { resetRecord } from './reset-record.js'
import { settleBase } from './settle-base.js'

/** What `repairDirectory` is to do. */
export interface RepairOptions {
  readonly dataDir: string
  /** Only these are done, in the order of {@link repairNames}. `restore` and `adopt` exclude each other. */
  readonly repairs: readonly RepairName[]
  /** As in `FileBackendOptions`. Default false. */
  readonly allowNetworkFileSystem?: boolean
  /** Default: silent. */
  readonly logger?: Logger
  /** Stops between two repairs. */
  readonly signal?: AbortSignal
}

/** What was done. */
export interface RepairReport {
  /** Absolute. */
  readonly dataDir: string
  readonly repairs: readonly RepairOutcome[]
}

export interface RepairOutcome {
  readonly repair: RepairName
  /** In words. Empty: there was nothing to do. */
  readonly done: readonly string[]
  /** Files that are in quarantine for it, relative to the data directory. */
  readonly quarantined: readonly string[]
}

/**
 * Repairs a data directory, under the writer's lock. It does what is named and nothing else; whatever is cut off or
 * replaced is durably in `.holdfast/quarantine` before anything changes. It can be interrupted anywhere and done again;
 * what needs no repair is left as it is.
 * @throws {MemoryError} `LOCKED`; `NOT_SUPPORTED` for a repair that is not possible, saying why; `CONNECTION`,
 * `NO_SPACE`. Repairs that come before the one that failed are done then.
 */
export function repairDirectory(options: RepairOptions): Promise<RepairReport> {
  return repairDirectoryIn(nodeEnvironment, options)
}

/** @internal As `repairDirectory`, in a world of the caller's making. */
export async function repairDirectoryIn(
  environment: Environment,
  options: RepairOptions,
): Promise<RepairReport> {
  checkOptions(options, ['dataDir', 'repairs', 'allowNetworkFileSystem', 'logger', 'signal'])
  const { repairs, allowNetworkFileSystem = false, logger = silentLogger, signal } = options
  if (typeof options.dataDir !== 'string' || options.dataDir === '') {
    throw new TypeError('dataDir must be a path')
  }
  const unknown = repairs.find((name) => !repairNames.includes(name))
  if (unknown !== undefined) throw new TypeError(`there is no repair ${unknown}`)
  if (repairs.includes('adopt') && repairs.includes('restore')) {
    throw new TypeError('adopt and restore exclude each other')
  }
  const dataDir = resolve(options.dataDir)
  const { files } = environment
  const layout = await layoutOf(files, dataDir)
  if (layout === 'other') throw new MemoryError('CONNECTION', `there is no store in ${dataDir}`)
  await refuseNetwork({ allowNetworkFileSystem }, environment, dataDir)
  const place: RepairPlace = { environment, files, dataDir, logger, allowNetworkFileSystem }
  const outcomes: RepairOutcome[] = []
  for (const repair of repairNames.filter((name) => repairs.includes(name))) {
    signal?.throwIfAborted()
    const before = await kept(place)
    const done = await onDisk(`${repair} failed`, () => run(place, repair))
    const quarantined = [...(await kept(place))].filter((path) => !before.has(path))
    outcomes.push({ repair, done, quarantined })
  }
  return { dataDir, repairs: outcomes }
}

function run(place: RepairPlace, repair: RepairName): Promise<readonly string[]> {
  const locked = (step: (context: RepairContext) => Promise<readonly string[]>) => withLock(place, step)
  switch (repair) {
    case 'rebuild-commit':
      return locked(rebuildCommit)
    case 'drop-commit':
      return locked(dropCommit)
    case 'cut-base':
      return locked(cutBase)
    case 'reset-record':
      return locked(resetRecord)
    case 'cut-journal':
      return locked(cutJournal)
    case 'restore':
    case 'adopt':
      return settleBase(place, repair)
    default:
      throw repair satisfies never
  }
}

async function kept({ files, dataDir }: RepairPlace): Promise<ReadonlySet<string>> {
  return new Set((await listFiles(files, dataDir, privatePaths.quarantine)).map(({ path }) => path))
}
