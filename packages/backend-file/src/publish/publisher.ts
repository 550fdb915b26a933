import { type Logger, MemoryError } from '@holdfast/core'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { makeDirectory } from '../disk/make-path.js'
import { type Piece, writeFully } from '../disk/pieces.js'
import { randomName } from '../disk/random-name.js'
import { StoredFile } from '../disk/stored-file.js'
import { type DataPath, dataPaths, privatePaths } from '../layout/store-paths.js'
import type { DataFile } from '../snapshot/open-data-files.js'
import type { FileState } from '../snapshot/snapshot.js'
import { type CommitRecord, formatCommitRecord } from './commit-record.js'
import { rollForward } from './roll-forward.js'
import { type StagedFile, stageFile } from './stage-file.js'

export interface PublisherOptions {
  readonly files: FileSystem
  readonly dataDir: string
  /** False leaves out every sync: a power cut may then lose or damage the store. */
  readonly durable: boolean
  /** Throws when the lock is no longer ours. */
  readonly assertLocked: () => Promise<void>
  readonly logger: Logger
}

/**
 * Replaces data files, all of them or none.
 *
 * staged → committed → in place. Until the commit record has its name nothing has happened, and a failure leaves
 * everything as it was. From then on the write is done: if a rename fails or the process dies, the next write or the
 * next open goes on with it. After a sync has failed nothing is known about what is on the disk, so every later write
 * is refused; opening the store again finds out.
 */
export class Publisher {
  readonly #options: PublisherOptions
  #unfinished: CommitRecord | undefined
  #refusal: MemoryError | undefined

  /** @param unfinished a commit that was found and is to be put in place first. */
  constructor(options: PublisherOptions, unfinished: CommitRecord | undefined) {
    this.#options = options
    this.#unfinished = unfinished
  }

  /**
   * Replaces files and resolves once that is durable.
   * @param states what the data files are expected to be now.
   * @returns the new files, open.
   * @throws {MemoryError} `NO_SPACE`, `CONNECTION`, `LOCKED`; `FOREIGN_BASE` when another program wrote to the files.
   */
  async publish(
    contents: ReadonlyMap<DataPath, readonly Piece[]>,
    states: ReadonlyMap<DataPath, FileState>,
  ): Promise<Map<DataPath, DataFile>> {
    if (this.#refusal) throw this.#refusal
    await onDisk('the last write could not be put in place', () => this.finish())
    const staged: StagedFile[] = []
    let files: Map<DataPath, DataFile>
    try {
      files = await onDisk('the write failed', () => this.#stage(contents, states, staged))
      await onDisk('the write failed', () => this.#prepare(states))
    } catch (error) {
      await this.#discard(staged)
      throw error
    }
    await onDisk('the write failed', () => this.#commit(staged))
    try {
      await this.finish()
    } catch (error) {
      this.#options.logger.warn(`a write is safe, but not all its files are in place yet: ${String(error)}`)
    }
    return files
  }

  /** Puts the files of the last commit in place, where that is still to be done. */
  async finish(): Promise<void> {
    const { files, dataDir } = this.#options
    if (this.#unfinished === undefined) return
    await rollForward(files, dataDir, this.#unfinished, (directory) => this.#syncDirectory(directory))
    this.#unfinished = undefined
  }

  /** Removes what writes and processes that came to nothing have left behind. Call it after `finish`. */
  async clean(): Promise<void> {
    const { files, dataDir } = this.#options
    const isLeftover = (directory: string, name: string) =>
      directory === privatePaths.stage || `${directory}/${name}`.startsWith(`${privatePaths.owner}.`)
    for (const directory of [privatePaths.stage, privatePaths.directory]) {
      for (const name of (await ifPresent(() => files.readdir(`${dataDir}/${directory}`))) ?? []) {
        if (!isLeftover(directory, name)) continue
        await ifPresent(() => files.unlink(`${dataDir}/${directory}/${name}`))
      }
    }
  }

  async #stage(
    contents: ReadonlyMap<DataPath, readonly Piece[]>,
    states: ReadonlyMap<DataPath, FileState>,
    staged: StagedFile[],
  ): Promise<Map<DataPath, DataFile>> {
    const { files, dataDir } = this.#options
    const opened = new Map<DataPath, DataFile>()
    await makeDirectory(files, `${dataDir}/${privatePaths.stage}`)
    for (const [path, pieces] of contents) {
      const mode = states.get(path)?.mode
      const one = await stageFile(files, dataDir, { path, pieces, mode })
      staged.push(one)
      await this.#sync(() => one.file.sync())
      const { version, mode: actualMode } = await one.file.stat()
      opened.set(path, { file: new StoredFile(path, one.size, one.file), version, mode: actualMode })
    }
    return opened
  }

  /** Everything that can still fail without a trace. */
  async #prepare(states: ReadonlyMap<DataPath, FileState>): Promise<void> {
    const { files, dataDir, assertLocked } = this.#options
    await this.#syncDirectory(`${dataDir}/${privatePaths.stage}`)
    await this.#syncDirectory(`${dataDir}/${privatePaths.directory}`)
    await this.#syncDirectory(dataDir)
    for (const path of dataPaths) {
      const facts = await ifPresent(() => files.stat(`${dataDir}/${path}`))
      if (facts?.version === states.get(path)?.version) continue
      throw new MemoryError(
        'FOREIGN_BASE',
        `another program changed ${path}; nothing was written. Open the store again to go on from there`,
      )
    }
    await assertLocked()
  }

  async #commit(staged: readonly StagedFile[]): Promise<void> {
    const { files, dataDir } = this.#options
    const record: CommitRecord = {
      id: randomName(),
      files: staged.map(({ path, staged: name, size, crc32 }) => ({ path, staged: name, size, crc32 })),
    }
    const commit = `${dataDir}/${privatePaths.commit}`
    const temporary = `${dataDir}/${privatePaths.stage}/${randomName()}-commit.json`
    try {
      const file = await files.open(temporary, 'create')
      try {
        await writeFully(file, Buffer.from(formatCommitRecord(record)), 0)
        await this.#sync(() => file.sync())
      } finally {
        await file.close()
      }
      await files.rename(temporary, commit)
      await this.#syncDirectory(`${dataDir}/${privatePaths.directory}`)
    } catch (error) {
      await this.#takeBack(staged)
      throw error
    }
    this.#unfinished = record
  }

  /**
   * Removes a commit record that may have got its name. The staged files go only when that is durable: as long as the
   * record could come back, it must find them.
   */
  async #takeBack(staged: readonly StagedFile[]): Promise<void> {
    const { files, dataDir } = this.#options
    try {
      await ifPresent(() => files.unlink(`${dataDir}/${privatePaths.commit}`))
      await this.#syncDirectory(`${dataDir}/${privatePaths.directory}`)
    } catch (cause) {
      this.#refuse(
        'a write failed at a point where only opening the store again can tell whether it is there',
        cause,
      )
      for (const { file } of staged) await file.close().catch(() => {})
      return
    }
    await this.#discard(staged)
  }

  async #discard(staged: readonly StagedFile[]): Promise<void> {
    const { dataDir, logger } = this.#options
    for (const { file } of staged) await file.close().catch(() => {})
    await this.clean().catch((error: unknown) => {
      logger.warn(`files of a failed write are left in ${dataDir}/${privatePaths.stage}: ${String(error)}`)
    })
  }

  #syncDirectory(path: string): Promise<void> {
    return this.#sync(() => this.#options.files.syncDirectory(path))
  }

  async #sync(operation: () => Promise<void>): Promise<void> {
    if (!this.#options.durable) return
    try {
      await operation()
    } catch (cause) {
      this.#refuse('the disk failed to keep what was written; open the store again', cause)
      throw cause
    }
  }

  #refuse(message: string, cause: unknown): void {
    this.#refusal ??= new MemoryError('CONNECTION', message, { cause })
  }
}
