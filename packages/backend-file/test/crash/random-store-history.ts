import type { Scope } from '@holdfast/core'
import { type SeededRandom, seededRandom } from '../simulated-disk/seeded-random.js'
import { emptyDirectory, pythonDirectory, type StoreHistory } from './scripted-histories.js'
import type { Step } from './store-history.js'
import {
  access,
  acme,
  ann,
  bob,
  cluster,
  episode,
  insert,
  insertEpisodes,
  nameModel,
  node,
  remove,
  removeEpisodes,
  removeScope,
  update,
  type Write,
} from './tiny-writes.js'

/** Whose records an id stands for is left to chance, so that histories change the same few ones again and again. */
const ids = ['a', 'b', 'c'] as const
const owners = [ann, bob, acme] as const

/** A history that its seed decides: what it begins with, its steps, and whether its journal is compacted by itself. */
export function randomHistory(seed: number, length: number): StoreHistory {
  const random = seededRandom(seed)
  const isPython = random.below(3) === 0
  const compactsItself = random.below(2) === 0
  const steps = Array.from({ length }, (_, index): Step => {
    const choice = random.below(9)
    if (choice === 0) return 'reopen'
    if (choice === 1) return 'abandon'
    const calls = Array.from({ length: 1 + random.below(3) }, (_, at) => randomWrite(random, 10 * index + at))
    if (random.below(5) > 0) return { together: calls }
    const at = random.below(calls.length + 1)
    return { together: [...calls.slice(0, at), 'compact', ...calls.slice(at)] }
  })
  return {
    name: `random history ${seed}`,
    prepare: isPython ? pythonDirectory : emptyDirectory,
    ...(compactsItself ? { smallJournal: 1 } : {}),
    steps,
  }
}

function randomWrite(random: SeededRandom, number: number): Write {
  const owner = pick(random, owners)
  const id = pick(random, ids)
  const vector = random.below(4) === 0 ? {} : { embedding: [number, random.below(9)] }
  switch (random.below(13)) {
    case 0:
      return update(owner, id, { humanContent: `u ${number}` })
    case 1:
      return update(owner, id, {
        metadata: { number },
        embedding: random.below(2) === 0 ? null : [number, 1],
      })
    case 2:
      return remove(owner, id, pick(random, ids))
    case 3:
      return random.below(3) === 0 ? removeScope(owner) : remove(owner, id)
    case 4:
      return access(owner, ...new Set([id, pick(random, ids)]))
    case 5:
      return cluster(owner, [{ id, clusterId: random.below(4) - 1, label: `l ${number}` }])
    case 6:
      return insertEpisodes([episode(id, owner, { title: `t ${number}`, ...vector })], conflict(random))
    case 7:
      return random.below(2) === 0 ? removeEpisodes(owner, id) : removeEpisodes(ann, 'of ann')
    case 8:
      return nameModel
    default:
      return insert(nodes(random, owner, number), conflict(random))
  }
}

function nodes(random: SeededRandom, owner: Scope, number: number) {
  const chosen = ids.filter(() => random.below(2) === 0)
  return (chosen.length > 0 ? chosen : ids.slice(0, 1)).map((id) =>
    node(id, owner, {
      humanContent: `q ${number}`,
      ...(random.below(3) === 0 ? { clusterId: random.below(3) } : {}),
      ...(random.below(4) === 0 ? {} : { embedding: [number, 1] }),
    }),
  )
}

function conflict(random: SeededRandom) {
  return pick(random, ['replace', 'replace', 'ignore', 'error'] as const)
}

function pick<T>(random: SeededRandom, from: readonly [T, ...T[]]): T {
  return from[random.below(from.length)] ?? from[0]
}
