import type { FileFacts } from '../../src/disk/file-system.js'
import { type CallKind, systemError } from './disk-faults.js'
import {
  applied,
  DiskDirectory,
  DiskFile,
  type DiskNode,
  type PendingName,
  type PendingWrite,
  reachableNodes,
} from './disk-nodes.js'

type Change = PendingWrite['change']

/** Files and directories by path, what of them is durable, and the rules of Linux about names. */
export class DiskTree {
  readonly root: DiskDirectory
  #used = 0
  #order: number
  #revision = 0

  constructor(root: DiskDirectory) {
    this.root = root
    const nodes = reachableNodes(root)
    this.#order = Math.max(
      ...nodes.flatMap((node) => [node.number, ...node.pending.map(({ order }) => order)]),
    )
    for (const node of nodes) if (node.kind === 'file' && node.links > 0) this.#used += node.current.size
  }

  /** Bytes in files that have a name or are open. */
  get used(): number {
    return this.#used
  }

  /** Changes with everything that a crash could show. */
  get revision(): number {
    return this.#revision
  }

  find(path: string, kind: CallKind): DiskNode {
    let node: DiskNode = this.root
    for (const name of path.split('/').filter((part) => part !== '')) {
      if (node.kind === 'file') throw systemError('ENOTDIR', kind, path)
      const child: DiskNode | undefined = node.current.get(name)
      if (child === undefined) throw systemError('ENOENT', kind, path)
      node = child
    }
    return node
  }

  directory(path: string, kind: CallKind): DiskDirectory {
    const node = this.find(path, kind)
    if (node.kind === 'file') throw systemError('ENOTDIR', kind, path)
    return node
  }

  facts(node: DiskNode): FileFacts {
    const size = node.kind === 'file' ? node.current.size : 0
    const identity = `simulated:${node.number}`
    return {
      kind: node.kind,
      size,
      mode: node.mode,
      identity,
      version: `${identity}:${size}:${node.version}`,
      modified: `${node.number}.${node.version}`,
      changed: `${node.number}.${node.version}`,
    }
  }

  create(path: string, mode: number): DiskFile {
    const { parent, name, node } = this.#place(path, 'open')
    if (node !== undefined) throw systemError('EEXIST', 'open', path)
    const file = new DiskFile(this.#next(), mode)
    this.#change(parent, { add: { name, node: file } })
    return file
  }

  makeDirectory(path: string, mode: number): void {
    const { parent, name, node } = this.#place(path, 'mkdir')
    if (node !== undefined) throw systemError('EEXIST', 'mkdir', path)
    this.#change(parent, { add: { name, node: new DiskDirectory(this.#next(), mode) } })
  }

  removeDirectory(path: string): void {
    const { parent, name, node } = this.#existing(path, 'rmdir')
    if (node.kind === 'file') throw systemError('ENOTDIR', 'rmdir', path)
    if (node.current.size > 0) throw systemError('ENOTEMPTY', 'rmdir', path)
    this.#change(parent, { remove: name })
  }

  unlink(path: string): void {
    const { parent, name, node } = this.#existing(path, 'unlink')
    if (node.kind === 'directory') throw systemError('EISDIR', 'unlink', path)
    this.#change(parent, { remove: name })
  }

  link(existing: string, path: string): void {
    const node = this.find(existing, 'link')
    const { parent, name, node: taken } = this.#place(path, 'link')
    if (taken !== undefined) throw systemError('EEXIST', 'link', path)
    if (node.kind === 'directory') throw systemError('EPERM', 'link', existing)
    this.#change(parent, { add: { name, node } })
  }

  rename(from: string, to: string): void {
    const { parent: source, name: oldName, node } = this.#place(from, 'rename')
    const { parent: target, name: newName, node: replaced } = this.#place(to, 'rename')
    if (node === undefined) throw systemError('ENOENT', 'rename', from)
    if (node.kind === 'directory' && isBelow(target, node)) throw systemError('EINVAL', 'rename', from)
    if (replaced === node) return
    if (replaced?.kind === 'directory' && isBelow(source, replaced))
      throw systemError('ENOTEMPTY', 'rename', from)
    if (replaced?.kind === 'directory' && node.kind === 'file') throw systemError('EISDIR', 'rename', from)
    if (replaced?.kind === 'file' && node.kind === 'directory') throw systemError('ENOTDIR', 'rename', from)
    if (replaced?.kind === 'directory' && replaced.current.size > 0)
      throw systemError('ENOTEMPTY', 'rename', from)
    const add = { name: newName, node }
    if (source === target) {
      this.#change(target, { remove: oldName, add })
      return
    }
    const order = this.#change(target, { add })
    this.#change(source, { remove: oldName, after: { directory: target, order } })
  }

  write(file: DiskFile, change: Change): void {
    const pending: PendingWrite = { order: this.#next(), change, state: 'dirty' }
    const before = file.current.size
    file.current = applied(file.current, pending)
    file.pending.push(pending)
    file.version += 1
    this.#used += file.current.size - before
  }

  /** A file's content or a directory's names become durable. */
  sync(node: DiskNode): void {
    node.sync()
    this.#revision += 1
  }

  /** As Linux does: the error is reported once, and what was to be written is taken for written. */
  failSync(node: DiskNode): void {
    for (const change of node.pending) if (change.state === 'dirty') change.state = 'lost'
    this.#revision += 1
  }

  closed(file: DiskFile): void {
    file.openCount -= 1
    this.#release(file)
  }

  #change(directory: DiskDirectory, change: Partial<Pick<PendingName, 'remove' | 'add' | 'after'>>): number {
    const order = this.#next()
    const { remove, add, after } = change
    const gone = [remove, add?.name].map((name) =>
      name === undefined ? undefined : directory.current.get(name),
    )
    if (remove !== undefined) directory.current.delete(remove)
    if (add !== undefined) {
      directory.current.set(add.name, add.node)
      if (add.node.kind === 'file') add.node.links += 1
    }
    for (const node of gone) {
      if (node?.kind !== 'file') continue
      node.links -= 1
      this.#release(node)
    }
    directory.pending.push({ order, remove, add, after, state: 'dirty' })
    directory.version += 1
    return order
  }

  #release(file: DiskFile): void {
    if (file.links === 0 && file.openCount === 0) this.#used -= file.current.size
  }

  #next(): number {
    this.#order += 1
    this.#revision += 1
    return this.#order
  }

  #existing(path: string, kind: CallKind) {
    const { parent, name, node } = this.#place(path, kind)
    if (node === undefined) throw systemError('ENOENT', kind, path)
    return { parent, name, node }
  }

  #place(path: string, kind: CallKind) {
    const end = path.lastIndexOf('/')
    const parent = this.directory(path.slice(0, Math.max(0, end)), kind)
    const name = path.slice(end + 1)
    return { parent, name, node: parent.current.get(name) }
  }
}

/** Whether the directory is `ancestor` or lies below it. */
function isBelow(directory: DiskDirectory, ancestor: DiskDirectory): boolean {
  if (directory === ancestor) return true
  for (const child of ancestor.current.values()) {
    if (child.kind === 'directory' && isBelow(directory, child)) return true
  }
  return false
}
