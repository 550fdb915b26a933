import { beforeAll, describe, expect, it } from 'vitest'
import { JsonArraySplitter } from '../../src/json/json-array-splitter.js'
import { storePaths } from '../../src/layout/store-paths.js'
import type { DiskDirectory } from '../simulated-disk/disk-nodes.js'
import { seed } from '../simulated-disk/seed.js'
import { npyBytes, rawEpisode, rawNode } from '../support/small-store.js'
import {
  contentsOf,
  type DamageOutcome,
  damaged,
  openDamaged,
  readDamaged,
  type StoreOnDisk,
} from './damaged-store.js'
import { holdTime } from './hold-time.js'
import { putFile } from './scripted-histories.js'
import { dataDir } from './simulated-store.js'
import type { Prepare } from './state-book.js'
import { storeBetweenRenames, storeOnDisk } from './stores-on-disk.js'
import { access, acme, ann, bob, cluster, insert, node, remove } from './tiny-writes.js'

holdTime()

const timeout = 900_000

/** A directory of the Python system with as few bytes as can be. */
const directory: Prepare = async (disk) => {
  for (const name of ['corpus', 'vectors', 'indexes']) await disk.mkdir(`${dataDir}/${name}`)
  const nodes = [rawNode('a', { user_id: 'ann' }), rawNode('b', { user_id: 'bob' })]
  await putFile(disk, 'corpus/nodes.json', JSON.stringify(nodes))
  await putFile(
    disk,
    'vectors/nodes.npy',
    npyBytes([
      [1, 2],
      [3, 4],
    ]),
  )
  await putFile(disk, 'indexes/clusters.json', '{"4":[1]}')
  await putFile(disk, 'corpus/episodes.json', JSON.stringify([rawEpisode('e', ['a'])]))
  await putFile(disk, 'vectors/episodes.npy', npyBytes([[7, 8]]))
}

const published = [cluster(ann, [{ id: 'a', clusterId: 9 }])]
const journaled = [access(ann, 'a'), remove(bob, 'b'), insert([node('x', acme, { embedding: [1, 1] })])]

interface Case {
  readonly name: string
  readonly make: () => Promise<StoreOnDisk>
  /** Nodes that stand in the file although the journal has removed them. */
  readonly gone: readonly string[]
  /** Every how many cuts and bits one is tried, unless the run is to be a long one. */
  readonly step: number
}

const isLong = process.env.HOLDFAST_CRASH_ROUNDS !== undefined

const stores: readonly Case[] = [
  {
    name: 'a closed store',
    make: () => storeOnDisk(directory, { published, journaled: [], smallTexts: 0 }),
    gone: [],
    // All of these files but the index are in the next store too.
    step: isLong ? 1 : 3,
  },
  {
    name: 'a store with a journal',
    make: () => storeOnDisk(directory, { published, journaled }),
    gone: ['b'],
    step: 1,
  },
  {
    name: 'a store whose files are being put in place',
    gone: [],
    step: isLong ? 1 : 5,
    make: () => storeBetweenRenames(directory, { published, journaled }),
  },
]

/** What is wrong with it, or what became of it, for each way in which one file can be cut or one bit be another one. */
async function damageEverything(
  store: StoreOnDisk,
  open: typeof openDamaged,
  {
    isDated,
    passesOver,
    step,
  }: { readonly isDated: boolean; readonly passesOver: RegExp; readonly step: number },
) {
  let number = seed % step
  const counts = new Map<string, Map<DamageOutcome, number>>()
  const lies: string[] = []
  for (const [path, content] of contentsOf(store.root)) {
    if (passesOver.test(path)) continue
    const of = new Map<DamageOutcome, number>()
    counts.set(path.slice(dataDir.length + 1), of)
    for (const [place, bytes] of damagesOf(content)) {
      number += 1
      if (number % step > 0) continue
      const root = damaged(store.root, [{ path, content: bytes, isDated }])
      try {
        const outcome = await open(store, root)
        of.set(outcome, (of.get(outcome) ?? 0) + 1)
      } catch (error) {
        lies.push(`${path}, ${place}: ${error instanceof Error ? error.stack : error}`)
        if (lies.length >= 5) return { counts, lies }
      }
    }
  }
  return { counts, lies }
}

/** Cut off behind each byte, and each bit turned. */
function* damagesOf(content: Uint8Array): Generator<readonly [place: string, bytes: Uint8Array]> {
  for (let length = 0; length < content.length; length++) {
    yield [`cut at ${length}`, content.subarray(0, length)]
  }
  for (let bit = 0; bit < content.length * 8; bit++) {
    const bytes = Uint8Array.from(content)
    const at = bit >> 3
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7))
    yield [`bit ${bit}`, bytes]
  }
}

/** Bytes of the published nodes that nobody reads: those between two, and the nodes that are gone. */
function unreadBytes(root: DiskDirectory, gone: readonly string[]): number {
  const content = contentsOf(root).get(`${dataDir}/${storePaths.nodes}`) ?? new Uint8Array(0)
  let unread = content.length
  for (const { bytes } of new JsonArraySplitter('nodes').push(content)) {
    const { id }: { readonly id: string } = JSON.parse(Buffer.from(bytes).toString())
    if (!gone.includes(id)) unread -= bytes.length
  }
  return unread
}

const outcomes = (of: ReadonlyMap<string, ReadonlyMap<DamageOutcome, number>>, path: string) =>
  [...(of.get(path)?.keys() ?? [])].sort()

describe.each(stores)(`any one cut or bit of $name, seed ${seed}`, { timeout }, ({ make, gone, step }) => {
  let store: StoreOnDisk
  beforeAll(async () => {
    store = await make()
    // The control: it is opened when it is whole.
    expect(await readDamaged(store, damaged(store.root, []))).toBe('whole')
    expect(await openDamaged(store, damaged(store.root, []))).toBe('whole')
  })

  it('is found when the medium has failed, by readers and writers', async () => {
    for (const open of [readDamaged, openDamaged]) {
      const { counts, lies } = await damageEverything(store, open, {
        isDated: false,
        passesOver: /owner/,
        step,
      })
      expect(lies).toEqual([])
      const tried = [...counts.values()]
        .flatMap((of) => [...of.values()])
        .reduce((sum, count) => sum + count, 0)
      expect(tried).toBeGreaterThan(10_000 / step)
      // What cannot be told from a write that was cut off, or is told twice, is not in these files.
      for (const path of [storePaths.nodes, storePaths.nodeVectors, storePaths.clusters]) {
        expect(
          outcomes(counts, path).filter((outcome) => outcome === 'whole' || outcome === 'shorter'),
        ).toEqual([])
      }
      // Of a file that an open does not read, what nobody asks for tells nobody anything.
      for (const path of [storePaths.nodeVectors, storePaths.clusters]) {
        expect(counts.get(path)?.get('seen by verify')).toBeUndefined()
      }
      const unread = unreadBytes(store.root, gone)
      expect(unread).toBeLessThan(30 + gone.length * 200)
      expect(counts.get(storePaths.nodes)?.get('seen by verify') ?? 0).toBeLessThanOrEqual(unread * 8)
      // The cache tells nothing that is not there without it.
      expect(outcomes(counts, '.holdfast/cache/nodes.index')).toEqual(store.smallTexts === 0 ? ['whole'] : [])
    }
  })

  it('is not taken over when another program has written there', async () => {
    for (const open of [readDamaged, openDamaged]) {
      const { lies } = await damageEverything(store, open, {
        isDated: true,
        passesOver: /owner|journal/,
        step,
      })
      expect(lies).toEqual([])
    }
  })

  it('of the owner file costs nothing but, perhaps, the right to write', async () => {
    const { counts, lies } = await damageEverything(store, readDamaged, {
      isDated: false,
      passesOver: /^(?!.*owner)/,
      step,
    })
    expect(lies).toEqual([])
    for (const path of counts.keys()) expect(outcomes(counts, path)).toEqual(['whole'])
    const opened = await damageEverything({ ...store, mayBeLocked: true }, openDamaged, {
      isDated: false,
      passesOver: /^(?!.*owner)/,
      step,
    })
    expect(opened.lies).toEqual([])
  })
})
