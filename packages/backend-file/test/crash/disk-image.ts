import { createHash } from 'node:crypto'
import type { DiskDirectory, DiskFile } from '../simulated-disk/disk-nodes.js'
import type { PagedBytes } from '../simulated-disk/paged-bytes.js'

/** Every file below a directory by its path, as a process sees it. */
export function filesOf(root: DiskDirectory): ReadonlyMap<string, DiskFile> {
  const files = new Map<string, DiskFile>()
  for (const [path, node] of nodesOf(root)) if (node.kind === 'file') files.set(path, node)
  return files
}

function* nodesOf(
  directory: DiskDirectory,
  path = '',
): Generator<readonly [string, DiskFile | DiskDirectory]> {
  for (const [name, node] of directory.current) {
    yield [`${path}/${name}`, node]
    if (node.kind === 'directory') yield* nodesOf(node, `${path}/${name}`)
  }
}

/** All that a process could tell of a disk after a power cut: equal texts, equal disks. */
export function imageOf(root: DiskDirectory): string {
  const lines: string[] = []
  for (const [path, node] of nodesOf(root)) {
    lines.push(
      node.kind === 'directory' ? path : `${path} ${node.number}.${node.version} ${hashOf(node.current)}`,
    )
  }
  return lines.sort().join('\n')
}

const hashes = new WeakMap<PagedBytes, string>()

function hashOf(content: PagedBytes): string {
  let hash = hashes.get(content)
  if (hash === undefined) {
    hash = createHash('sha1').update(content.all()).digest('base64')
    hashes.set(content, hash)
  }
  return hash
}
