import type { IndexElement } from './index-element.js'

type VectorTable = 'node_vector' | 'episode_vector'

/** Milliseconds for which an owner that had no index is not asked for one again. */
const unaskedMs = 10_000

/** Owners that are remembered; beyond that, all are asked for anew. */
const maxOwners = 10_000

/**
 * What this process has learned of owners' indexes, so that most searches need no statement to find out. Nothing
 * depends on its being right: the statement of a search by index asks for itself whether the index is ready, and an
 * owner whose index is not known yet is searched exactly.
 */
export class KnownIndexes {
  readonly #indexes = new Map<string, IndexElement | { readonly noneUntil: number }>()

  /** `undefined` when it has to be asked for. */
  find(table: VectorTable, ownerKey: string): IndexElement | 'none' | undefined {
    const known = this.#indexes.get(keyOf(table, ownerKey))
    if (typeof known !== 'object') return known
    return Date.now() < known.noneUntil ? 'none' : undefined
  }

  note(table: VectorTable, ownerKey: string, index: IndexElement | undefined): void {
    if (this.#indexes.size >= maxOwners) this.#indexes.clear()
    this.#indexes.set(keyOf(table, ownerKey), index ?? { noneUntil: Date.now() + unaskedMs })
  }

  forget(table: VectorTable, ownerKey: string): void {
    this.#indexes.delete(keyOf(table, ownerKey))
  }
}

function keyOf(table: VectorTable, ownerKey: string): string {
  return `${table} ${ownerKey}`
}
