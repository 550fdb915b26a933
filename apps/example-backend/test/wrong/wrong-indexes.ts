import type { AdminDriver, ResolvedScope, ResolvedSearch } from '@holdfast/core'
import { rankByCosine } from '../../src/rank-by-cosine.js'
import type { StoredRecord } from '../../src/record-table.js'
import { KeptBackend } from '../kept-backend.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

/** Its index is a list of the records that were there when it was maintained. */
class Indexed extends KeptBackend {
  protected index: readonly StoredRecord[] | undefined

  protected override _adminDriver(): AdminDriver {
    const maintain = async () => {
      this.index = this.store.nodes.records
      return { indexes: [] }
    }
    return { ...super._adminDriver(), maintain }
  }

  /** The vectors that a search compares. Whatever they say, the plan says that it was no exact search. */
  protected candidates(scope: ResolvedScope, { filter }: ResolvedSearch): readonly StoredRecord[] {
    return this.matching(scope, filter)
  }

  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    if (this.index === undefined) return super._vectorSearch(scope, query, search)
    return rankByCosine(query, this.candidates(scope, search), search).map(({ record, score }) => ({
      node: this.node(record),
      score,
    }))
  }

  protected override async _explainSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const plan = await super._explainSearch(scope, query, search)
    return this.index === undefined || search.exact
      ? plan
      : { ...plan, strategy: 'hnsw' as const, exact: false }
  }
}

class IndexOfEverybody extends Indexed {
  protected override candidates(): readonly StoredRecord[] {
    return this.index ?? []
  }
}

class IndexWithoutFilter extends Indexed {
  protected override candidates(scope: ResolvedScope): readonly StoredRecord[] {
    return this.matching(scope, undefined)
  }
}

class StaleIndex extends Indexed {
  protected override candidates(scope: ResolvedScope, search: ResolvedSearch): readonly StoredRecord[] {
    const own = new Set(this.matching(scope, search.filter).map(({ position }) => position))
    return (this.index ?? []).filter(({ position }) => own.has(position))
  }
}

class CoarseScores extends Indexed {
  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const found = await super._vectorSearch(scope, query, search)
    if (this.index === undefined || search.exact) return found
    return found.map(({ node, score }) => ({ node, score: Number(score.toFixed(3)) }))
  }
}

/** Looks at every second vector, in an exact search too. */
class NeverExact extends Indexed {
  protected override candidates(scope: ResolvedScope, search: ResolvedSearch): readonly StoredRecord[] {
    return super.candidates(scope, search).filter(({ position }) => position % 2 === 0)
  }
}

/** Each is right until an index is built. */
export const wrongIndexes: readonly WrongBackend[] = [
  wrong(
    'has one index for everybody',
    'approximate search',
    'finds the own vectors only, each with its true score and in order (seed 90210)',
    IndexOfEverybody,
  ),
  wrong(
    'leaves out the filter in its index',
    'approximate search',
    'finds the own vectors only, each with its true score and in order (seed 90210)',
    IndexWithoutFilter,
  ),
  wrong(
    'gives the scores of its index',
    'approximate search',
    'finds the own vectors only, each with its true score and in order (seed 90210)',
    CoarseScores,
  ),
  wrong(
    'asks its index for an exact search',
    'approximate search',
    'finds the true nearest when an exact search is asked for, and when it says that it was exact',
    NeverExact,
  ),
  wrong(
    'does not tell its index of changes',
    'approximate search',
    'follows what is written after it was built',
    StaleIndex,
  ),
]
