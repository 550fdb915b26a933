import type { FileSystem, OpenFile } from '../../src/disk/file-system.js'
import { nodeFileSystem } from '../../src/disk/node-file-system.js'
import { OpenDirectories } from '../../src/lock/open-directories.js'
import type { Environment } from '../../src/store/environment.js'

/** What happens to one call: nothing, it fails, it fails after having done its work, or it does only a part. */
export type Fate = 'run' | 'fail' | 'fail late'

/** Decides about a call. @param index of the call, from 0. */
export type FatePlan = (index: number, operation: string, path: string) => Fate

/**
 * The real disk with faults. Counts every call, and can close all files at once as the end of a process does. A sync
 * does nothing but count: what the end of a process loses does not depend on it, and tests make very many.
 */
export class FaultyFileSystem implements FileSystem {
  readonly calls: string[] = []
  readonly #decide: FatePlan
  readonly #code: string
  readonly #open = new Map<OpenFile, string>()
  readonly #inner: FileSystem

  constructor(decide: FatePlan = () => 'run', code = 'EIO', inner: FileSystem = nodeFileSystem) {
    this.#decide = decide
    this.#code = code
    this.#inner = inner
  }

  /** Paths of the files that are open. */
  get openFiles(): readonly string[] {
    return [...this.#open.values()]
  }

  /** Closes whatever is open. */
  async abandon(): Promise<void> {
    for (const file of this.#open.keys()) await file.close()
    this.#open.clear()
  }

  open: FileSystem['open'] = (path, mode, permissions) =>
    this.#call(`open ${mode}`, path, async () =>
      this.#wrap(await this.#inner.open(path, mode, permissions), path),
    )
  stat: FileSystem['stat'] = (path) => this.#call('stat', path, () => this.#inner.stat(path))
  readdir: FileSystem['readdir'] = (path) => this.#call('readdir', path, () => this.#inner.readdir(path))
  mkdir: FileSystem['mkdir'] = (path) => this.#call('mkdir', path, () => this.#inner.mkdir(path))
  rmdir: FileSystem['rmdir'] = (path) => this.#call('rmdir', path, () => this.#inner.rmdir(path))
  unlink: FileSystem['unlink'] = (path) => this.#call('unlink', path, () => this.#inner.unlink(path))
  rename: FileSystem['rename'] = (from, to) => this.#call('rename', to, () => this.#inner.rename(from, to))
  link: FileSystem['link'] = (from, to) => this.#call('link', to, () => this.#inner.link(from, to))
  copy: FileSystem['copy'] = (from, to) => this.#call('copy', to, () => this.#inner.copy(from, to))
  syncDirectory: FileSystem['syncDirectory'] = (path) => this.#call('sync directory', path, async () => {})
  fileSystemType: FileSystem['fileSystemType'] = (path) =>
    this.#call('type', path, () => this.#inner.fileSystemType(path))

  #wrap(file: OpenFile, path: string): OpenFile {
    this.#open.set(file, path)
    return {
      descriptor: file.descriptor,
      read: (into, position) => this.#call('read', path, () => file.read(into, position)),
      // One call to the system may take fewer bytes than it was given.
      write: (from, position) =>
        this.#call('write', path, () => file.write(from.subarray(0, Math.ceil(from.length / 2)), position)),
      sync: () => this.#call('sync', path, async () => {}),
      truncate: (size) => this.#call('truncate', path, () => file.truncate(size)),
      setMode: (mode) => this.#call('setMode', path, () => file.setMode(mode)),
      stat: () => this.#call('fstat', path, () => file.stat()),
      close: () =>
        this.#call('close', path, async () => {
          this.#open.delete(file)
          await file.close()
        }),
    }
  }

  async #call<T>(operation: string, path: string, run: () => Promise<T>): Promise<T> {
    const fate = this.#decide(this.calls.length, operation, path)
    this.calls.push(`${operation} ${path.slice(path.lastIndexOf('/') + 1)}`)
    if (fate === 'run') return run()
    if (fate === 'fail late') await run()
    throw Object.assign(new Error(`injected: ${operation} ${path}`), { code: this.#code })
  }
}

/** A world with this disk, in which no other process exists. */
export function environmentOn(files: FileSystem, other: Partial<Environment> = {}): Environment {
  return {
    files,
    kernelLock: async () => 'held',
    openDirectories: new OpenDirectories(),
    bootId: async () => 'this start',
    smallJournal: 32 * 1024 * 1024,
    ...other,
  }
}
