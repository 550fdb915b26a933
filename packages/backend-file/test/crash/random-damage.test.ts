import { describe, expect, it } from 'vitest'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import type { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
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
import { type DamageKind, type DamageSources, damageKinds, randomDamages } from './random-damage.js'
import { putFile } from './scripted-histories.js'
import { storeOnDisk } from './stores-on-disk.js'
import { access, acme, ann, cluster, insert, node, remove, type Write } from './tiny-writes.js'

holdTime()

/** Damaged stores in a run: more of them by hand or at night. */
const cases = 10_000 * (process.env.HOLDFAST_CRASH_ROUNDS === undefined ? 1 : 10)

const count = 300

/** A directory of the Python system with some hundred records; `mark` tells it from others. */
const directory = (mark: string) => async (disk: SimulatedDisk) => {
  const nodes = Array.from({ length: count }, (_, row) =>
    rawNode(`${mark}${row}`, { user_id: row % 3 ? 'ann' : 'bob' }),
  )
  const episodes = Array.from({ length: 20 }, (_, row) => rawEpisode(`e${row}`, [`${mark}${row}`]))
  const vectors = (rows: number) => npyBytes(Array.from({ length: rows }, (_, row) => [row + 1, mark.length]))
  const clusters = { 3: [...Array(count).keys()].filter((row) => row % 7 === 0) }
  for (const name of ['corpus', 'vectors', 'indexes']) await disk.mkdir(`/store/${name}`)
  await putFile(disk, 'corpus/nodes.json', JSON.stringify(nodes, null, 2))
  await putFile(disk, 'vectors/nodes.npy', vectors(count))
  await putFile(disk, 'indexes/clusters.json', JSON.stringify(clusters, null, 2))
  await putFile(disk, 'corpus/episodes.json', JSON.stringify(episodes, null, 2))
  await putFile(disk, 'vectors/episodes.npy', vectors(20))
}

const published = (mark: string): readonly Write[] => [
  cluster(ann, [{ id: `${mark}1`, clusterId: 3 }]),
  insert([node('new', acme, { embedding: [1, 2] })]),
]

const journaled = (mark: string): readonly Write[] => [
  insert(Array.from({ length: 3 }, (_, row) => node(`j${row}`, acme, { embedding: [row, mark.length] }))),
  access(ann, `${mark}1`, `${mark}2`),
  remove(ann, `${mark}4`),
  insert([node(`x ${mark}`, acme)]),
  cluster(ann, [{ id: `${mark}5`, clusterId: -1 }]),
]

interface DamagedStore {
  readonly store: StoreOnDisk
  readonly sources: DamageSources
}

/** A store, and what may come in the place of its files. */
async function make(isClosed: boolean): Promise<DamagedStore> {
  const own = { published: published('n'), journaled: isClosed ? [] : journaled('n') }
  const store = await storeOnDisk(directory('n'), own)
  const earlier = await storeOnDisk(directory('n'), { ...own, published: own.published.slice(0, 1) })
  // Its journal has the same name and goes on behind the same transaction.
  const others = { published: published('other'), journaled: own.journaled }
  const other = await storeOnDisk(directory('other'), others)
  const foreign = [contentsOf(earlier.root), contentsOf(other.root)]
  const contents = new Map([...contentsOf(store.root)].filter(([path]) => !path.includes('/owner.json')))
  return { store, sources: { contents, foreign } }
}

describe(`a larger store with random damage, seed ${seed}`, { timeout: 900_000 }, () => {
  it(`is read right or refused, ${cases} times`, async () => {
    const stores = [await make(true), await make(false)]
    const outcomes = new Map<DamageOutcome, number>()
    const kindsRefused = new Set<DamageKind>()
    const lies: string[] = []
    for (let number = 0; number < cases && lies.length < 5; number++) {
      const random = seededRandom(seed * 100_003 + number)
      const { store, sources } = stores[number % 2] ?? (await make(true))
      const { kinds, damages } = randomDamages(random, sources)
      const root = damaged(store.root, damages)
      const open = random.below(3) === 0 ? openDamaged : readDamaged
      try {
        const outcome = await open(store, root)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
        if (outcome === 'CORRUPT' || outcome === 'FOREIGN_BASE')
          for (const kind of kinds) kindsRefused.add(kind)
      } catch (error) {
        const what = damages.map(
          ({ path, isDated }, index) => `${kinds[index]} of ${path}, dated: ${isDated}`,
        )
        lies.push(`case ${number}, ${what.join(' and ')}: ${String(error).slice(0, 1_500)}`)
      }
    }
    console.log(`${cases} damaged stores: ${JSON.stringify([...outcomes])}`)
    expect(lies).toEqual([])
    expect(kindsRefused).toEqual(new Set(damageKinds))
    for (const outcome of ['whole', 'shorter', 'CORRUPT', 'FOREIGN_BASE'] as const) {
      expect(outcomes.get(outcome)).toBeGreaterThan(cases / 400)
    }
  })

  it('does not take the journal of another store for its own', async () => {
    const { store, sources } = await make(false)
    const [path = ''] = [...sources.contents.keys()].filter((name) => name.endsWith('.log'))
    for (const others of sources.foreign) {
      const content = others.get(path)
      if (content === undefined) throw new Error(`the other store has no ${path}`)
      for (const open of [readDamaged, openDamaged]) {
        const root = damaged(store.root, [{ path, content, isDated: false }])
        expect(await open(store, root)).toBe('CORRUPT')
      }
    }
  })
})
