import { type ResolvedScope, type ResolvedSearch, wordsOf } from '@holdfast/core'
import { type Ranking, rankByWords } from '../keyword-ranking.js'
import { ReferenceBackend } from '../reference-backend.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

/** Ranks by something other than the BM25 of the contract. */
function ranking(other: Ranking) {
  return class extends ReferenceBackend {
    protected override async _keywordSearch(
      scope: ResolvedScope,
      text: string,
      { topK, filter }: ResolvedSearch,
    ) {
      const kept = new Set(this.matching(scope, filter).map(({ id }) => id))
      const all = this.matching(scope, undefined).map((record) => this.node(record))
      return rankByWords(text, all, other)
        .filter(({ node }) => kept.has(node.id))
        .slice(0, topK)
    }
  }
}

class CountsFiltered extends ReferenceBackend {
  protected override async _keywordSearch(
    scope: ResolvedScope,
    text: string,
    { topK, filter }: ResolvedSearch,
  ) {
    const kept = this.matching(scope, filter).map((record) => this.node(record))
    return rankByWords(text, kept).slice(0, topK)
  }
}

class FiltersTheBest extends ReferenceBackend {
  protected override async _keywordSearch(
    scope: ResolvedScope,
    text: string,
    { topK, filter }: ResolvedSearch,
  ) {
    const kept = new Set(this.matching(scope, filter).map(({ id }) => id))
    const all = this.matching(scope, undefined).map((record) => this.node(record))
    return rankByWords(text, all)
      .slice(0, topK)
      .filter(({ node }) => kept.has(node.id))
  }
}

class OrdersTiesById extends ReferenceBackend {
  protected override async _keywordSearch(scope: ResolvedScope, text: string, search: ResolvedSearch) {
    const found = await super._keywordSearch(scope, text, { ...search, topK: Number.POSITIVE_INFINITY })
    return [...found]
      .sort((x, y) => y.score - x.score || (x.node.id < y.node.id ? -1 : 1))
      .slice(0, search.topK)
  }
}

/** An index that is made once and follows nothing. */
class NeverLooksAgain extends ReferenceBackend {
  readonly #found = new Map<string, ReturnType<typeof rankByWords>>()

  protected override async _keywordSearch(scope: ResolvedScope, text: string, search: ResolvedSearch) {
    const key = JSON.stringify([scope, text, search])
    const found = this.#found.get(key) ?? (await super._keywordSearch(scope, text, search))
    this.#found.set(key, found)
    return [...found]
  }
}

const asciiWords = (text: string) => text.toLowerCase().match(/[a-z0-9]+/g) ?? []
const plainWords = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
const stemmed = (text: string) => wordsOf(text).map((word) => word.replace(/s$/, ''))

/** Each finds other nodes by their words, or ranks them otherwise. */
export const wrongWords: readonly WrongBackend[] = [
  wrong('uses another k1', 'keyword search', ranking({ k1: 1.5 })),
  wrong('uses another b', 'keyword search', ranking({ b: 0.7 })),
  wrong('knows letters of English only', 'keyword search', ranking({ wordsIn: asciiWords })),
  wrong('knows one form of each letter', 'keyword search', ranking({ wordsIn: plainWords })),
  wrong(
    'minds the case of words',
    'keyword search',
    ranking({ wordsIn: (text) => text.match(/[\p{L}\p{N}]+/gu) ?? [] }),
  ),
  wrong('cuts the ends of words', 'keyword search', ranking({ wordsIn: stemmed })),
  wrong('counts only what passes the filter', 'keyword search', CountsFiltered),
  wrong('filters the best by words', 'keyword search', FiltersTheBest),
  wrong('orders equal scores of words by id', 'keyword search', OrdersTiesById),
  wrong('keeps what it found by words', 'keyword search', NeverLooksAgain),
]
