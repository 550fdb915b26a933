import { type ContentDamage, type CrashDamage, type NameDamage, sectorSize } from './crash-damage.js'
import {
  applied,
  applyName,
  copyTree,
  type DiskDirectory,
  type DiskFile,
  type PendingName,
  type PendingWrite,
  reachableNodes,
} from './disk-nodes.js'
import type { PagedBytes } from './paged-bytes.js'
import { type SeededRandom, seededRandom } from './seeded-random.js'

/** What a crash leaves of a disk; the disk itself stays as it is. */
export function crashDisk(before: DiskDirectory, damage: CrashDamage): DiskDirectory {
  const root = copyTree(before)
  if (damage.kind === 'kill') return root
  crashNames(root, damage.names)
  for (const node of reachableNodes(root)) {
    if (node.kind === 'directory') continue
    node.durable = node.current = crashContent(node, damage.content)
    node.pending = []
    node.links = 0
  }
  const files: DiskFile[] = []
  for (const node of reachableNodes(root)) {
    if (node.kind === 'file') files.push(node)
    else for (const child of node.current.values()) if (child.kind === 'file') child.links += 1
  }
  if (damage.flip !== undefined) flipBit(files, seededRandom(damage.flip))
  return root
}

function crashNames(root: DiskDirectory, damage: NameDamage): void {
  const directories = reachableNodes(root).filter((node) => node.kind === 'directory')
  const changes = directories
    .flatMap((directory) => directory.pending.map((change) => ({ directory, change })))
    .sort((a, b) => a.change.order - b.change.order)
  const kept = new Set<number>()
  let bit = 0
  for (const { change } of changes) {
    if (change.state === 'synced' || isKept(change, damage, bit)) kept.add(change.order)
    if (change.state !== 'synced') bit += 1
  }
  // A rename has given the new name before it takes the old one away.
  for (const { change } of changes) if (kept.has(change.order) && change.after) kept.add(change.after.order)
  for (const { directory, change } of changes)
    if (kept.has(change.order)) applyName(directory.durable, change)
  for (const directory of directories) {
    directory.pending = []
    directory.current = new Map(directory.durable)
  }
}

function isKept({ order }: PendingName, damage: NameDamage, bit: number): boolean {
  switch (damage.kind) {
    case 'lose':
      return false
    case 'keep':
      return true
    case 'upTo':
      return order < damage.order
    case 'bits':
      // Past 31 changes the bits begin anew.
      return ((damage.bits >>> (bit % 31)) & 1) === 1
    default:
      return damage satisfies never
  }
}

function crashContent(file: DiskFile, damage: ContentDamage): PagedBytes {
  const random = seededRandom('seed' in damage ? damage.seed + file.number : 0)
  return file.contentWith((content, write) => crashWrite(content, write, damage, random))
}

function crashWrite(
  content: PagedBytes,
  write: PendingWrite,
  damage: ContentDamage,
  random: SeededRandom,
): PagedBytes {
  const { change, order } = write
  switch (damage.kind) {
    case 'lose':
      return content
    case 'keep':
      return applied(content, write)
    case 'upTo':
      if (order < damage.order) return applied(content, write)
      if (order > damage.order || 'size' in change) return content
      return content.write(change.bytes.subarray(0, damage.bytes), change.position)
    case 'some':
      return random.below(2) === 0 ? content : applied(content, write)
    case 'zeros':
      return 'size' in change
        ? applied(content, write)
        : content.write(new Uint8Array(change.bytes.length), change.position)
    case 'garbage':
      return 'size' in change
        ? applied(content, write)
        : content.write(garbage(change.bytes.length, random), change.position)
    case 'sectors':
      return 'size' in change
        ? random.below(2) === 0
          ? content
          : applied(content, write)
        : crashSectors(content, change, random)
    default:
      return damage satisfies never
  }
}

function crashSectors(
  content: PagedBytes,
  { position, bytes }: { readonly position: number; readonly bytes: Uint8Array },
  random: SeededRandom,
): PagedBytes {
  let result = content
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(bytes.length - done, sectorSize - ((position + done) % sectorSize))
    const part = bytes.subarray(done, done + length)
    const fate = random.below(5)
    if (fate < 2) result = result.write(part, position + done)
    else if (fate === 2) result = result.write(new Uint8Array(length), position + done)
    else if (fate === 3) result = result.write(garbage(length, random), position + done)
    done += length
  }
  return result
}

function garbage(length: number, random: SeededRandom): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256))
}

function flipBit(files: readonly DiskFile[], random: SeededRandom): void {
  const candidates = files.filter(({ current }) => current.size > 0)
  const file = candidates[random.below(candidates.length)]
  if (file === undefined) return
  const position = random.below(file.current.size)
  const byte = new Uint8Array(1)
  file.current.read(byte, position)
  byte[0] = (byte[0] ?? 0) ^ (1 << random.below(8))
  file.durable = file.current = file.current.write(byte, position)
}
