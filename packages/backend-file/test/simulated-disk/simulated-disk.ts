import type { FileSystem, OpenFile, OpenMode } from '../../src/disk/file-system.js'
import { writeFully } from '../../src/disk/pieces.js'
import { type CallKind, DiskFaults, type Fault, systemError } from './disk-faults.js'
import { DiskDirectory, DiskFile, type DiskNode } from './disk-nodes.js'
import { DiskTree } from './disk-tree.js'
import { OpenDiskFile } from './open-disk-file.js'

export interface SimulatedDiskOptions {
  readonly root?: DiskDirectory
  readonly faults?: readonly Fault[]
  /** Bytes that all files together may have. */
  readonly quota?: number
  /**
   * Whether names stay to be written when syncing their directory fails, as a file system with a journal keeps them,
   * unless it takes no more writes at all. Default: they are lost like the content of a file.
   */
  readonly keepsNames?: boolean
  /** Permission bits that new files do not get. Default 0o022. */
  readonly umask?: number
}

/** One call of the port, as it happened. */
export interface DiskCall {
  readonly kind: CallKind
  readonly path: string
}

/**
 * A disk in memory that knows what is durable: content only after a sync of the file, names only after a sync of their
 * directory. Every call takes effect at once and as a whole. It does not simulate permissions and follows no links.
 */
export class SimulatedDisk implements FileSystem {
  readonly tree: DiskTree
  readonly #faults: DiskFaults
  #quota: number
  readonly #umask: number
  readonly #keepsNames: boolean
  readonly #calls: DiskCall[] = []
  readonly #open = new Set<OpenDiskFile>()
  #bytesWritten = 0
  #syncs = 0
  #descriptors = 100
  /** Told right before and right after the effect of each call. */
  observe: ((call: number, moment: 'before' | 'after') => void) | undefined

  constructor({
    root,
    faults = [],
    quota = Number.POSITIVE_INFINITY,
    umask = 0o022,
    keepsNames = false,
  }: SimulatedDiskOptions = {}) {
    this.tree = new DiskTree(root ?? new DiskDirectory(1, 0o755))
    this.#faults = new DiskFaults(faults)
    this.#quota = quota
    this.#umask = umask
    this.#keepsNames = keepsNames
  }

  get calls(): readonly DiskCall[] {
    return this.#calls
  }

  get faultHits(): number {
    return this.#faults.hits
  }

  get bytesWritten(): number {
    return this.#bytesWritten
  }

  /** Syncs of files and directories that were asked for. */
  get syncs(): number {
    return this.#syncs
  }

  /** Paths of files that were opened and not closed. */
  get openFiles(): readonly string[] {
    return [...this.#open].map(({ path }) => path)
  }

  /** The cause of all faults is gone, and there is room again. */
  heal(): void {
    this.#faults.end()
    this.#quota = Number.POSITIVE_INFINITY
  }

  /** Room for more bytes. */
  get room(): number {
    return this.#quota - this.tree.used
  }

  open(path: string, mode: OpenMode, permissions = 0o666): Promise<OpenFile> {
    return this.call('open', path, () => {
      const node =
        mode === 'create' ? this.tree.create(path, permissions & ~this.#umask) : this.tree.find(path, 'open')
      const file = new OpenDiskFile(this, {
        node,
        path,
        isWritable: mode === 'create',
        descriptor: this.#descriptors++,
      })
      if (node.kind === 'file') node.openCount += 1
      this.#open.add(file)
      return file
    })
  }

  stat(path: string) {
    return this.call('stat', path, () => this.tree.facts(this.tree.find(path, 'stat')))
  }

  readdir(path: string): Promise<readonly string[]> {
    return this.call('readdir', path, () => [...this.tree.directory(path, 'readdir').current.keys()])
  }

  mkdir(path: string): Promise<void> {
    return this.call('mkdir', path, () => this.tree.makeDirectory(path, 0o777 & ~this.#umask))
  }

  rmdir(path: string): Promise<void> {
    return this.call('rmdir', path, () => this.tree.removeDirectory(path))
  }

  rename(from: string, to: string): Promise<void> {
    return this.call('rename', from, () => this.tree.rename(from, to))
  }

  link(existing: string, name: string): Promise<void> {
    return this.call('link', existing, () => this.tree.link(existing, name))
  }

  unlink(path: string): Promise<void> {
    return this.call('unlink', path, () => this.tree.unlink(path))
  }

  /** By calls of its own, each of which can fail, or be the last before a crash. */
  async copy(from: string, to: string): Promise<void> {
    const source = await this.open(from, 'read')
    try {
      const bytes = new Uint8Array((await source.stat()).size)
      await readFully(source, bytes)
      const target = await this.open(to, 'create')
      try {
        await writeFully(target, bytes, 0)
      } finally {
        await target.close()
      }
    } finally {
      await source.close()
    }
  }

  /** As on Linux, where a directory is opened and synced like a file, a file may stand there too. */
  syncDirectory(path: string): Promise<void> {
    this.#syncs += 1
    const node = () => this.tree.find(path, 'syncDirectory')
    return this.call(
      'syncDirectory',
      path,
      () => this.tree.sync(node()),
      () => {
        if (!this.#keepsNames) this.tree.failSync(node())
      },
    )
  }

  fileSystemType(path: string): Promise<number> {
    return this.call('fileSystemType', path, () => {
      this.tree.find(path, 'fileSystemType')
      return 0xef53
    })
  }

  /** Counts a call, lets it fail where it is to fail, and otherwise runs it. */
  async call<T>(
    kind: CallKind,
    path: string,
    effect: (fault: Fault | undefined) => T,
    onFault: (fault: Fault) => void = () => {},
  ): Promise<T> {
    const call = this.#calls.push({ kind, path }) - 1
    this.observe?.(call, 'before')
    try {
      const fault = this.#faults.at(call, kind)
      if (fault !== undefined && fault.effect !== 'short') {
        onFault(fault)
        throw systemError(fault.effect, kind, path)
      }
      return effect(fault)
    } finally {
      this.observe?.(call, 'after')
    }
  }

  /** Of a file's sync: counted with those of directories. */
  countSync(): void {
    this.#syncs += 1
  }

  countWritten(bytes: number): void {
    this.#bytesWritten += bytes
  }

  forget(file: OpenDiskFile, node: DiskNode): void {
    this.#open.delete(file)
    if (node instanceof DiskFile) this.tree.closed(node)
  }
}

async function readFully(file: OpenFile, into: Uint8Array): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const count = await file.read(into.subarray(done), done)
    if (count === 0) return
    done += count
  }
}
