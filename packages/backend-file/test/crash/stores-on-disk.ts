import { crashDisk } from '../simulated-disk/crash-disk.js'
import type { DiskDirectory } from '../simulated-disk/disk-nodes.js'
import { CrashRecorder } from './crash-recorder.js'
import type { StoreOnDisk } from './damaged-store.js'
import { filesOf } from './disk-image.js'
import { preparedDisk } from './explore-store.js'
import { dataDir, openSimulated } from './simulated-store.js'
import type { Prepare } from './state-book.js'
import { storeText } from './store-text.js'
import type { Write } from './tiny-writes.js'

export interface StoreWrites {
  /** Followed by a compaction. */
  readonly published: readonly Write[]
  /** As of the environment. */
  readonly smallTexts?: number
  /** What the journal holds. None: the store is closed. */
  readonly journaled: readonly Write[]
}

/** A store that was closed, or whose process has ended with these writes in its journal. */
export async function storeOnDisk(prepare: Prepare, writes: StoreWrites): Promise<StoreOnDisk> {
  const { disk, backend, states } = await openStore(prepare, writes)
  if (writes.journaled.length === 0) await backend.close()
  return { root: settled(disk.tree.root), states, bootId: 'first', smallTexts: writes.smallTexts ?? 2 ** 20 }
}

/** The same store, whose process has ended when it had put some of the files of another compaction in place. */
export async function storeBetweenRenames(prepare: Prepare, writes: StoreWrites): Promise<StoreOnDisk> {
  const { disk, backend, states } = await openStore(prepare, writes)
  const recorder = new CrashRecorder(disk, () => ({ revision: '', take: () => undefined }))
  await backend.admin.compact()
  recorder.finish()
  const between = recorder.points.filter(({ root }) => filesOf(root).has(`${dataDir}/.holdfast/commit.json`))
  const middle = between[Math.floor(between.length / 2)]
  if (middle === undefined) throw new RangeError('no file was put in place')
  return { root: settled(middle.root), states, bootId: 'first' }
}

async function openStore(prepare: Prepare, { published, journaled, smallTexts = 2 ** 20 }: StoreWrites) {
  const disk = await preparedDisk(prepare)
  const backend = await openSimulated(disk, { bootId: 'first', smallTexts })
  for (const write of published) await write(backend)
  await backend.admin.compact()
  const states = [await storeText(backend)]
  for (const write of journaled) {
    await write(backend)
    states.push(await storeText(backend))
  }
  return { disk, backend, states }
}

/** All that the system holds has reached the disk. */
function settled(root: DiskDirectory): DiskDirectory {
  return crashDisk(root, { kind: 'power', content: { kind: 'keep' }, names: { kind: 'keep' } })
}
