import { createHash, type Hash } from 'node:crypto'
import type { DiskDirectory } from './disk-nodes.js'

/** A digest of every name and byte, also of what is not durable yet: equal disks recover alike. */
export function diskImage(root: DiskDirectory): string {
  const hash = createHash('sha1')
  addTo(hash, root)
  return hash.digest('base64')
}

function addTo(hash: Hash, directory: DiskDirectory): void {
  const names = [...directory.current].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [name, node] of names) {
    hash.update(`${name}\0${node.kind}\0${node.number}.${node.version}\0`)
    if (node.kind === 'file') {
      hash.update(node.current.all())
      hash.update(`\0${node.pending.length}\0`)
      if (node.pending.length > 0) hash.update(node.durable.all())
    } else {
      hash.update(`${node.pending.length}(`)
      addTo(hash, node)
      hash.update(')')
    }
  }
}
