import type { FileBackend } from '@holdfast/backend-file'
import type { LineProgram } from '../line-program.js'
import type { Queries } from './queries.js'
import { topK } from './sizes.js'
import { rowOf } from './write-python-store.js'

/** What a search took and gave. */
export interface Answer {
  readonly milliseconds: number
  /** Rows, best first. */
  readonly found: readonly number[]
}

/** Something that finds the rows next to a query. */
export interface Searcher {
  /** @param number which of the queries. */
  search(number: number): Promise<Answer>
}

/** Searches one tenant of a store of ours. */
export function backendSearcher(backend: FileBackend, tenantId: string, queries: Queries): Searcher {
  return {
    async search(number) {
      const query = queries.vector(number)
      const start = performance.now()
      const best = await backend.vectorSearch(query, { tenantId }, { topK, minScore: -1 })
      const milliseconds = performance.now() - start
      return { milliseconds, found: best.map(({ node }) => rowOf(node.id)) }
    },
  }
}

/** Asks another program, which measures itself, so that what is said to it and back does not count. */
export function programSearcher(program: LineProgram, how: string): Searcher {
  return { search: async (query) => answerOf(await program.ask({ how, query })) }
}

/** @throws {TypeError} for anything else. */
export function answerOf(value: unknown): Answer {
  if (typeof value === 'object' && value !== null && 'milliseconds' in value && 'found' in value) {
    const { milliseconds, found } = value
    if (typeof milliseconds === 'number' && Array.isArray(found) && found.every(Number.isInteger))
      return { milliseconds, found }
  }
  throw new TypeError(`not an answer: ${JSON.stringify(value)}`)
}
