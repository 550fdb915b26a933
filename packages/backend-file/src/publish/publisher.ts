import { type Logger, MemoryError } from '@holdfast/core'
import type { DataFile, FileState } from '../base/open-data-files.js'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileFacts, FileSystem } from '../disk/file-system.js'
import { makeDirectory } from '../disk/make-path.js'
import { type Piece, type WatchBytes, writeFully } from '../disk/pieces.js'
import { randomName } from '../disk/random-name.js'
import { StoredFile } from '../disk/stored-file.js'
import { SyncFailure, syncFailure } from '../disk/sync-failure.js'
import type { FileIdentity } from '../layout/base-record.js'
import { type DataPath, dataPaths, privatePaths, storePaths } from '../layout/store-paths.js'
import { type CommitRecord, formatCommitRecord, readCommitRecord } from './commit-record.js'
import { commitRecordOf } from './describe-commit.js'
import { foreignTargets, keepTargets } from './foreign-targets.js'
import { rollForward, verifyCommit } from './roll-forward.js'
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

/** What is to be published. */
export interface Publication {
  /** Files other than the base record, which is always published with them. */
  readonly contents: ReadonlyMap<DataPath, AsyncIterable<Piece> | Iterable<Piece>>
  /** What the bytes of `contents` have to pass on their way to the disk. */
  readonly watchers?: ReadonlyMap<DataPath, WatchBytes>
  /** The text of the base record, given what has become of `contents`. */
  readonly base: (identities: ReadonlyMap<DataPath, FileIdentity>) => string
  /** What the data files are expected to be now. */
  readonly states: ReadonlyMap<DataPath, FileState>
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
  /** Time has passed since it began to be put in place. */
  #wasInterrupted = false
  #refusal: MemoryError | undefined

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  /**
   * Goes on with a publication that was interrupted, and removes what came to nothing.
   * @param mayReplace whether what another program has written there meanwhile may go to quarantine.
   * @throws {MemoryError} `FOREIGN_BASE` when it may not; `CORRUPT` when its files are not what they were meant to be.
   */
  async recover(mayReplace: boolean): Promise<void> {
    const { files, dataDir } = this.#options
    this.#unfinished = await readCommitRecord(files, dataDir)
    if (this.#unfinished) {
      this.#unfinished = await this.#withoutForeign(this.#unfinished, mayReplace)
      await verifyCommit(files, dataDir, this.#unfinished)
      // Who committed may have ended before the name of the record was durable. If a power cut took it after some files
      // are in place, nobody would know of the others.
      await this.#syncDirectory(`${dataDir}/${privatePaths.directory}`)
    }
    await this.finish()
    await this.clean()
  }

  /** What another program has made of files that were in place already is left to whoever reads them. */
  async #withoutForeign(commit: CommitRecord, mayReplace: boolean): Promise<CommitRecord> {
    const { files, dataDir, logger } = this.#options
    const { inTheWay, changedSince } = await foreignTargets(files, dataDir, commit)
    const paths = inTheWay.map(({ path }) => path)
    if (!mayReplace && inTheWay.length + changedSince.length > 0) {
      const changed = [...paths, ...changedSince.map(({ path }) => path)].join(', ')
      throw new MemoryError(
        'FOREIGN_BASE',
        `another program has changed ${changed} while a write to it was unfinished. Open the store with foreignBase ` +
          "'adopt' or 'restore' to finish that write; what it overwrites is kept in quarantine",
      )
    }
    if (paths.length > 0) {
      const kept = await keepTargets(files, dataDir, paths)
      logger.warn(`${paths.join(', ')} as another program has left them are in ${kept}`)
    }
    return { ...commit, files: commit.files.filter((file) => !changedSince.includes(file)) }
  }

  /** Why nothing can be published any more, once that is so. */
  get refusal(): MemoryError | undefined {
    return this.#refusal
  }

  /**
   * Replaces files and resolves once that is durable.
   * @returns the new files, open.
   * @throws {MemoryError} `NO_SPACE`, `CONNECTION`, `LOCKED`; `FOREIGN_BASE` when another program wrote to the files.
   */
  async publish(publication: Publication): Promise<ReadonlyMap<DataPath, DataFile>> {
    if (this.#refusal) throw this.#refusal
    await onDisk('published files could not be put in place', () => this.finish())
    const staged: StagedFile[] = []
    let files: Map<DataPath, DataFile>
    let before: ReadonlyMap<DataPath, FileFacts>
    try {
      files = await onDisk('publishing failed', () => this.#stage(publication, staged))
      before = await onDisk('publishing failed', () => this.#prepare(publication.states))
    } catch (error) {
      await this.#discard(staged)
      throw error
    }
    await onDisk('publishing failed', () => this.#commit(staged, before))
    try {
      await this.finish()
      await this.clean()
    } catch (error) {
      this.#options.logger.warn(`the files are published, but not all are in place yet: ${String(error)}`)
    }
    return files
  }

  /**
   * Puts the files of the last commit in place, where that is still to be done.
   * @throws {MemoryError} `FOREIGN_BASE` when that has failed before and another program was there since.
   */
  async finish(): Promise<void> {
    const { files, dataDir } = this.#options
    if (this.#unfinished === undefined) return
    if (this.#wasInterrupted) this.#unfinished = await this.#withoutForeign(this.#unfinished, false)
    this.#wasInterrupted = true
    await rollForward(files, dataDir, this.#unfinished, (directory) => this.#syncDirectory(directory))
    this.#unfinished = undefined
    this.#wasInterrupted = false
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
    { contents, watchers, base, states }: Publication,
    staged: StagedFile[],
  ): Promise<Map<DataPath, DataFile>> {
    const { files, dataDir } = this.#options
    const opened = new Map<DataPath, DataFile>()
    const identities = new Map<DataPath, FileIdentity>()
    await makeDirectory(files, `${dataDir}/${privatePaths.stage}`)
    const stage = async (path: DataPath, pieces: AsyncIterable<Piece> | Iterable<Piece>) => {
      const one = await stageFile(files, dataDir, {
        path,
        pieces,
        watch: watchers?.get(path),
        mode: states.get(path)?.mode,
      })
      staged.push(one)
      await this.#sync(() => one.file.sync())
      const { version, modified, changed, mode } = await one.file.stat()
      const file = new StoredFile(path, one.size, one.file)
      opened.set(path, { file, version, modified, changed, mode })
      identities.set(path, { size: one.size, modified, crc32: one.crc32 })
    }
    for (const [path, pieces] of contents) await stage(path, pieces)
    await stage(storePaths.base, [Buffer.from(base(identities))])
    return opened
  }

  /** Everything that can still fail without a trace. @returns the files as they are. */
  async #prepare(states: ReadonlyMap<DataPath, FileState>): Promise<ReadonlyMap<DataPath, FileFacts>> {
    const { files, dataDir, assertLocked } = this.#options
    await this.#syncDirectory(`${dataDir}/${privatePaths.stage}`)
    await this.#syncDirectory(`${dataDir}/${privatePaths.directory}`)
    await this.#syncDirectory(dataDir)
    const before = new Map<DataPath, FileFacts>()
    for (const path of dataPaths) {
      const facts = await ifPresent(() => files.stat(`${dataDir}/${path}`))
      if (facts !== undefined) before.set(path, facts)
      if (facts?.version === states.get(path)?.version) continue
      throw new MemoryError(
        'FOREIGN_BASE',
        `another program changed ${path}: it is left alone. What was written since is safe in the journal; open the store with foreignBase 'adopt' or 'restore' to go on`,
      )
    }
    await assertLocked()
    return before
  }

  async #commit(staged: readonly StagedFile[], before: ReadonlyMap<DataPath, FileFacts>): Promise<void> {
    const { files, dataDir } = this.#options
    const commit = `${dataDir}/${privatePaths.commit}`
    const temporary = `${dataDir}/${privatePaths.stage}/${randomName()}-commit.json`
    try {
      const record = await commitRecordOf(staged, before)
      const file = await files.open(temporary, 'create')
      try {
        await writeFully(file, Buffer.from(formatCommitRecord(record)), 0)
        await this.#sync(() => file.sync())
      } finally {
        await file.close()
      }
      await files.rename(temporary, commit)
      await this.#syncDirectory(`${dataDir}/${privatePaths.directory}`)
      this.#unfinished = record
    } catch (error) {
      await this.#takeBack(staged)
      throw error
    }
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
      if (syncFailure(cause) instanceof SyncFailure) {
        this.#refuse('the disk failed to keep what was written; open the store again', cause)
      }
      throw cause
    }
  }

  #refuse(message: string, cause: unknown): void {
    this.#refusal ??= new MemoryError('CONNECTION', message, { cause })
  }
}
