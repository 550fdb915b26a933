import { PagedBytes } from './paged-bytes.js'

/**
 * `dirty`: the next sync makes it durable. `lost`: a sync failed, and the system has forgotten that it was not written;
 * no later sync brings it to the disk. `synced`: durable, but behind something lost.
 */
export type PendingState = 'dirty' | 'lost' | 'synced'

/** A write or truncation that may not survive a power cut. `order` counts over the whole disk. */
export interface PendingWrite {
  readonly order: number
  readonly change: { readonly position: number; readonly bytes: Uint8Array } | { readonly size: number }
  state: PendingState
}

/** One directory's part in a change of names. A rename within a directory is one change, and happens as a whole. */
export interface PendingName {
  readonly order: number
  readonly remove: string | undefined
  readonly add: { readonly name: string; readonly node: DiskNode } | undefined
  /** Of a rename between directories: the removal is on the disk only when this addition is. */
  readonly after: { readonly directory: DiskDirectory; readonly order: number } | undefined
  state: PendingState
}

export class DiskFile {
  readonly kind = 'file'
  mode: number
  links = 0
  openCount = 0
  version = 0
  current = PagedBytes.empty
  durable = PagedBytes.empty
  pending: PendingWrite[] = []
  readonly number: number

  constructor(number: number, mode: number) {
    this.number = number
    this.mode = mode
  }

  /** The content when of all that is pending only some has reached the disk. */
  contentWith(apply: (content: PagedBytes, write: PendingWrite) => PagedBytes): PagedBytes {
    let content = this.durable
    for (const write of this.pending)
      content = write.state === 'synced' ? applied(content, write) : apply(content, write)
    return content
  }

  sync(): void {
    for (const write of this.pending) if (write.state === 'dirty') write.state = 'synced'
    while (this.pending[0]?.state === 'synced') {
      this.durable = applied(this.durable, this.pending[0])
      this.pending.shift()
    }
  }
}

export class DiskDirectory {
  readonly kind = 'directory'
  mode: number
  version = 0
  current = new Map<string, DiskNode>()
  durable = new Map<string, DiskNode>()
  pending: PendingName[] = []
  readonly number: number

  constructor(number: number, mode: number) {
    this.number = number
    this.mode = mode
  }

  /** @param upTo only changes up to this order. */
  sync(upTo = Number.POSITIVE_INFINITY): void {
    for (const name of this.pending) {
      if (name.order > upTo || name.state !== 'dirty') continue
      name.after?.directory.sync(name.after.order)
      name.state = 'synced'
    }
    while (this.pending[0]?.state === 'synced') {
      applyName(this.durable, this.pending[0])
      this.pending.shift()
    }
  }
}

export type DiskNode = DiskFile | DiskDirectory

/** A file's content with one more write on it. */
export function applied(content: PagedBytes, { change }: PendingWrite): PagedBytes {
  return 'size' in change ? content.truncate(change.size) : content.write(change.bytes, change.position)
}

export function applyName(names: Map<string, DiskNode>, { remove, add }: PendingName): void {
  if (remove !== undefined) names.delete(remove)
  if (add !== undefined) names.set(add.name, add.node)
}

/** Everything below a directory that any name, old or new, leads to; the directory itself first. */
export function reachableNodes(root: DiskDirectory): readonly DiskNode[] {
  const nodes = new Set<DiskNode>([root])
  for (const node of nodes) {
    if (node.kind === 'file') continue
    for (const child of node.current.values()) nodes.add(child)
    for (const child of node.durable.values()) nodes.add(child)
    for (const { add } of node.pending) if (add) nodes.add(add.node)
  }
  return [...nodes]
}

/** A disk with the same content, durable and not, that shares only bytes. */
export function copyTree(root: DiskDirectory): DiskDirectory {
  const nodes = reachableNodes(root)
  const copies = new Map<DiskNode, DiskNode>()
  for (const node of nodes) {
    const copy =
      node.kind === 'file' ? new DiskFile(node.number, node.mode) : new DiskDirectory(node.number, node.mode)
    copy.version = node.version
    copies.set(node, copy)
  }
  const copyOf = <T extends DiskNode>(node: T): T => copies.get(node) as T
  for (const node of nodes) {
    if (node.kind === 'file') {
      const copy = copyOf(node)
      copy.links = node.links
      copy.current = node.current
      copy.durable = node.durable
      copy.pending = node.pending.map((write) => ({ ...write }))
      continue
    }
    const copy = copyOf(node)
    for (const [name, child] of node.current) copy.current.set(name, copyOf(child))
    for (const [name, child] of node.durable) copy.durable.set(name, copyOf(child))
    copy.pending = node.pending.map((change) => ({
      ...change,
      add: change.add && { name: change.add.name, node: copyOf(change.add.node) },
      after:
        change.after && copies.has(change.after.directory)
          ? { directory: copyOf(change.after.directory), order: change.after.order }
          : undefined,
    }))
  }
  return copyOf(root)
}
