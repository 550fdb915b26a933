import { type ResolvedScope, type ResolvedSearch, wordsOf } from '@holdfast/core'
import { KeptBackend } from '../kept-backend.js'
import { type Ranking, rankOtherwise } from './rank-otherwise.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

/** Ranks by something other than the BM25 of the contract. */
function ranking(other: Ranking) {
  return class extends KeptBackend {
    protected override async _keywordSearch(
      scope: ResolvedScope,
      text: string,
      { topK, filter }: ResolvedSearch,
    ) {
      const kept = new Set(this.matching(scope, filter).map(({ id }) => id))
      const all = this.matching(scope, undefined).map((record) => this.node(record))
      return rankOtherwise(text, all, other)
        .filter(({ node }) => kept.has(node.id))
        .slice(0, topK)
    }
  }
}

class CountsFiltered extends KeptBackend {
  protected override async _keywordSearch(
    scope: ResolvedScope,
    text: string,
    { topK, filter }: ResolvedSearch,
  ) {
    const kept = this.matching(scope, filter).map((record) => this.node(record))
    return rankOtherwise(text, kept).slice(0, topK)
  }
}

class FiltersTheBest extends KeptBackend {
  protected override async _keywordSearch(
    scope: ResolvedScope,
    text: string,
    { topK, filter }: ResolvedSearch,
  ) {
    const kept = new Set(this.matching(scope, filter).map(({ id }) => id))
    const all = this.matching(scope, undefined).map((record) => this.node(record))
    return rankOtherwise(text, all)
      .slice(0, topK)
      .filter(({ node }) => kept.has(node.id))
  }
}

class OrdersTiesById extends KeptBackend {
  protected override async _keywordSearch(scope: ResolvedScope, text: string, search: ResolvedSearch) {
    const found = await super._keywordSearch(scope, text, { ...search, topK: Number.POSITIVE_INFINITY })
    return [...found]
      .sort((x, y) => y.score - x.score || (x.node.id < y.node.id ? -1 : 1))
      .slice(0, search.topK)
  }
}

/** An index that is made once and follows nothing. */
class NeverLooksAgain extends KeptBackend {
  readonly #found = new Map<string, ReturnType<typeof rankOtherwise>>()

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
  wrong('uses another k1', 'keyword search', 'scores by BM25 with k1 1.2 and b 0.75', ranking({ k1: 1.5 })),
  wrong('uses another b', 'keyword search', 'scores by BM25 with k1 1.2 and b 0.75', ranking({ b: 0.7 })),
  wrong(
    'knows letters of English only',
    'keyword search',
    'finds words whatever their case and form',
    ranking({ wordsIn: asciiWords }),
  ),
  wrong(
    'knows one form of each letter',
    'keyword search',
    'finds words whatever their case and form',
    ranking({ wordsIn: plainWords }),
  ),
  wrong(
    'minds the case of words',
    'keyword search',
    'finds words whatever their case and form',
    ranking({ wordsIn: (text) => text.match(/[\p{L}\p{N}]+/gu) ?? [] }),
  ),
  wrong(
    'cuts the ends of words',
    'keyword search',
    'finds whole words only, with their accents',
    ranking({ wordsIn: stemmed }),
  ),
  wrong(
    'counts only what passes the filter',
    'keyword search',
    'lets a filter take away results, before topK and without changing a score',
    CountsFiltered,
  ),
  wrong(
    'filters the best by words',
    'keyword search',
    'lets a filter take away results, before topK and without changing a score',
    FiltersTheBest,
  ),
  wrong(
    'orders equal scores of words by id',
    'keyword search',
    'breaks ties by insertion order and stops at topK, 10 unless told',
    OrdersTiesById,
  ),
  wrong(
    'keeps what it found by words',
    'keyword search',
    'sees every change of a text at once, or there is none',
    NeverLooksAgain,
  ),
]
