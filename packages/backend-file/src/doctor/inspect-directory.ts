import { resolve } from 'node:path'
import { checkOptions, MemoryError } from '@holdfast/core'
import { type Environment, nodeEnvironment } from '../store/environment.js'
import type { DirectoryReport } from './directory-report.js'
import { directoryVersion } from './directory-version.js'
import { inspectOnce } from './inspect-once.js'

/** What `inspectDirectory` looks at. */
export interface InspectOptions {
  readonly dataDir: string
  readonly signal?: AbortSignal
}

const maxAttempts = 20
/** With a writer at work an error may be what it was just about to write. */
const attemptsBesideWriter = 3

/**
 * Says what is in a data directory, what is wrong with it and what would repair that. It reads every byte, changes
 * nothing, takes no lock, and works beside a writer. Damage is never an error, only a finding.
 * @throws {MemoryError} `CONNECTION` when there is no such directory or it cannot be read; `CONFLICT` when a writer
 * publishes all the time.
 */
export function inspectDirectory(options: InspectOptions): Promise<DirectoryReport> {
  return inspectDirectoryIn(nodeEnvironment, options)
}

/** @internal As `inspectDirectory`, in a world of the caller's making. */
export async function inspectDirectoryIn(
  environment: Environment,
  options: InspectOptions,
): Promise<DirectoryReport> {
  checkOptions(options, ['dataDir', 'signal'])
  const { signal } = options
  if (typeof options.dataDir !== 'string' || options.dataDir === '') {
    throw new TypeError('dataDir must be a path')
  }
  const dataDir = resolve(options.dataDir)
  let failures = 0
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    signal?.throwIfAborted()
    const version = await directoryVersion(environment.files, dataDir)
    const isSame = async () => (await directoryVersion(environment.files, dataDir)) === version
    let report: DirectoryReport
    try {
      report = await inspectOnce(environment, dataDir, signal)
    } catch (error) {
      if (error instanceof MemoryError && !(await isSame())) continue
      throw error
    }
    if (!(await isSame())) continue
    const isWrong = report.holder?.isAlive === true && !report.ok
    if (isWrong) failures += 1
    if (!isWrong || failures === attemptsBesideWriter) return report
  }
  throw new MemoryError('CONFLICT', 'the store is being written to all the time; try again')
}
