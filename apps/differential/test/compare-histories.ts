import type { Fingerprint } from '@holdfast/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Call, outcomeOf, outcomeOfModel, textOf } from './call.js'
import { differenceOf } from './difference.js'
import { Model } from './model.js'
import { anyRead } from './reads.js'
import { now } from './records.js'
import { empty, openStores, type Route, type Store } from './stores.js'
import { anyWrite, insertNodes } from './writes.js'

type Step = fc.AsyncCommand<Model, readonly Store[]>

/** How often each call was answered and refused, so that nothing is only believed to have been tried. */
type Tally = Map<string, number>

/** Makes one call on the model and on every backend, and holds the outcomes against each other. */
class CallEverywhere implements Step {
  readonly #call: Call
  readonly #tally: Tally

  constructor(call: Call, tally: Tally) {
    this.#call = call
    this.#tally = tally
  }
  check(): boolean {
    return true
  }
  async run(model: Model, stores: readonly Store[]): Promise<void> {
    const expected = outcomeOfModel(() => this.#call.model(model))
    for (const store of stores) {
      const actual = await outcomeOf(() => this.#call.backend(store.backend))
      const difference = differenceOf(expected, actual)
      if (difference !== undefined) throw new Error(`${store.name}: ${textOf(this.#call)} ${difference}`)
    }
    add(this.#tally, 'refused' in expected ? `refused: ${expected.refused}` : this.#call.name)
  }
  toString(): string {
    return textOf(this.#call)
  }
}

/** Opens every store anew: what was acknowledged is there. */
class Reopen implements Step {
  readonly #tally: Tally

  constructor(tally: Tally) {
    this.#tally = tally
  }
  check(): boolean {
    return true
  }
  async run(_: Model, stores: readonly Store[]): Promise<void> {
    for (const store of stores) await store.reopen()
    add(this.#tally, 'reopen')
  }
  toString(): string {
    return 'reopen()'
  }
}

function add(tally: Tally, name: string): void {
  tally.set(name, (tally.get(name) ?? 0) + 1)
}

function historiesOf(tally: Tally): fc.Arbitrary<Iterable<Step>> {
  const every = (call: Call) => new CallEverywhere(call, tally)
  const step = fc.oneof<fc.WeightedArbitrary<Step>[]>(
    { weight: 20, arbitrary: insertNodes.map(every) },
    { weight: 40, arbitrary: anyWrite.map(every) },
    { weight: 50, arbitrary: anyRead.map(every) },
    { weight: 1, arbitrary: fc.constant(null).map(() => new Reopen(tally)) },
  )
  return fc.commands([step], { maxCommands: 16, size: 'max' })
}

/** Every call of the histories and every refusal that they are made to meet. */
const everything = [
  ...['insertNodes', 'insertEpisodes', 'updateNode', 'recordAccess', 'assignClusters', 'deleteNodes'],
  ...['deleteEpisodes', 'deleteScope', 'getNode', 'getNodes', 'countNodes', 'scanNodes', 'scanNodes while'],
  ...['vectorSearch', 'keywordSearch', 'getEmbeddings', 'getClusterInfo', 'getClusterCentroids'],
  ...['getEpisode', 'getEpisodes', 'countEpisodes', 'scanEpisodes', 'searchEpisodes'],
  ...['getEpisodeEmbeddings', 'listScopes', 'reopen', 'refused: TypeError', 'refused: SCOPE_REQUIRED'],
  ...['refused: INVALID_NODE', 'refused: INVALID_EMBEDDING', 'refused: DIMENSION_MISMATCH'],
  'refused: DUPLICATE_ID',
]

/** Declares the comparison of random histories. Another seed gives other histories. */
export function compareHistories(seed: number, numRuns: number, route: Route): void {
  describe(`random histories, the server ${route}`, () => {
    let stores: readonly Store[] = []
    beforeAll(async () => {
      // One moment for all, so that the times they note down are the same.
      vi.useFakeTimers({ toFake: ['Date'], now: new Date(now) })
      stores = await openStores(route)
    })
    afterAll(async () => {
      for (const store of stores) await store.end()
      vi.useRealTimers()
    })

    it(`come to the same on every backend and the model (${numRuns} with seed ${seed})`, async () => {
      const tally: Tally = new Map()
      const property = fc.asyncProperty(historiesOf(tally), async (history) => {
        for (const store of stores) await empty(store)
        await fc.asyncModelRun(() => ({ model: new Model(), real: stores }), history)
        const fingerprints: Fingerprint[] = []
        for (const { backend } of stores) fingerprints.push(await backend.admin.fingerprint())
        for (const fingerprint of fingerprints) expect(fingerprint).toEqual(fingerprints[0])
      })
      await fc.assert(property, { seed, numRuns })
      // The control: all of it was tried, and the stores are the ones that it was tried on.
      expect([...tally.keys()].sort()).toEqual([...everything].sort())
      expect(stores.length).toBeGreaterThanOrEqual(2)
      const calls = [...tally.values()].reduce((sum, count) => sum + count, 0)
      expect(calls, 'calls on each of the backends').toBeGreaterThan(4 * numRuns)
    })
  })
}
