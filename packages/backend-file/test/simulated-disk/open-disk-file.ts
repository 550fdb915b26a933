import type { FileFacts, OpenFile } from '../../src/disk/file-system.js'
import { type CallKind, type Fault, systemError } from './disk-faults.js'
import type { DiskFile, DiskNode } from './disk-nodes.js'
import type { SimulatedDisk } from './simulated-disk.js'

interface Opening {
  readonly node: DiskNode
  readonly path: string
  readonly isWritable: boolean
  readonly descriptor: number
}

/** A descriptor on a simulated disk. Errors are those of Linux. */
export class OpenDiskFile implements OpenFile {
  readonly descriptor: number
  readonly path: string
  readonly #disk: SimulatedDisk
  readonly #node: DiskNode
  readonly #isWritable: boolean
  #isOpen = true

  constructor(disk: SimulatedDisk, { node, path, isWritable, descriptor }: Opening) {
    this.#disk = disk
    this.#node = node
    this.path = path
    this.#isWritable = isWritable
    this.descriptor = descriptor
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#call('read', (fault) => {
      // Node does not ask the system for nothing.
      if (into.length === 0) return 0
      if (this.#node.kind === 'directory') throw systemError('EISDIR', 'read', this.path)
      return this.#node.current.read(fault ? into.subarray(0, half(into.length)) : into, position)
    })
  }

  write(from: Uint8Array, position: number): Promise<number> {
    const write = (length: number) => {
      const file = this.#writable('write', 'EBADF')
      const growth = Math.max(0, position + length - file.current.size)
      const taken = growth <= this.#disk.room ? length : Math.max(0, length - (growth - this.#disk.room))
      if (taken === 0 && length > 0) throw systemError('ENOSPC', 'write', this.path)
      this.#disk.tree.write(file, { position, bytes: Uint8Array.from(from.subarray(0, taken)) })
      this.#disk.countWritten(taken)
      return taken
    }
    return this.#call(
      'write',
      (fault) => write(fault ? half(from.length) : from.length),
      (fault) => fault.partial && write(half(from.length)),
    )
  }

  sync(): Promise<void> {
    this.#disk.countSync()
    return this.#call(
      'sync',
      () => this.#disk.tree.sync(this.#node),
      () => this.#disk.tree.failSync(this.#node),
    )
  }

  truncate(size: number): Promise<void> {
    return this.#call('truncate', () => {
      const file = this.#writable('truncate', 'EINVAL')
      if (size - file.current.size > this.#disk.room) throw systemError('ENOSPC', 'truncate', this.path)
      this.#disk.tree.write(file, { size })
    })
  }

  setMode(mode: number): Promise<void> {
    return this.#call('setMode', () => {
      this.#node.mode = mode
    })
  }

  stat(): Promise<FileFacts> {
    return this.#call('fstat', () => this.#disk.tree.facts(this.#node))
  }

  close(): Promise<void> {
    // As on Linux the descriptor is gone even when closing says that something failed.
    const close = () => {
      this.#isOpen = false
      this.#disk.forget(this, this.#node)
    }
    return this.#call('close', close, close)
  }

  #writable(kind: CallKind, code: string): DiskFile {
    if (this.#node.kind === 'directory' || !this.#isWritable) throw systemError(code, kind, this.path)
    return this.#node
  }

  #call<T>(
    kind: CallKind,
    effect: (fault: Fault | undefined) => T,
    onFault?: (fault: Fault) => void,
  ): Promise<T> {
    if (!this.#isOpen) return Promise.reject(systemError('EBADF', kind, this.path))
    return this.#disk.call(kind, this.path, effect, onFault)
  }
}

function half(length: number): number {
  return Math.ceil(length / 2)
}
