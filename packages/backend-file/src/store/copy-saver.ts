import type { Logger, RecordKind } from '@holdfast/core'
import type { StoredFile } from '../disk/stored-file.js'
import type { SavedCopies } from '../search/saved-copies.js'
import type { PublishedBase } from './published-base.js'
import type { StoreState } from './store-state.js'

export interface CopySaverOptions {
  readonly state: StoreState
  readonly base: PublishedBase
  readonly saved: Readonly<Record<RecordKind, SavedCopies>>
  /** Keeps the store's files open meanwhile. */
  readonly whileHeld: (use: () => Promise<void>) => Promise<void>
  /** Copies below which making them again costs less than a file. Default 4,096. */
  readonly least: number | undefined
  readonly logger: Logger
}

const kinds = ['nodes', 'episodes'] as const

/**
 * Saves the int8 copies that searches have made, so that the next opening need not make them again: when there are many
 * new ones, and when other files have been published.
 */
export class CopySaver {
  readonly #options: CopySaverOptions
  readonly #least: number
  /** What this process has saved is of these, or of nothing. */
  #matrices: Readonly<Record<RecordKind, StoredFile | undefined>>
  #saving: Promise<void> = Promise.resolve()
  #isSaving = false
  /** Whether nothing is left of a process that ended before it could remove what is of no use. */
  #isSwept = false

  constructor(options: CopySaverOptions) {
    this.#options = options
    this.#least = options.least ?? 4096
    this.#matrices = this.#published()
  }

  /** To be called after a search. Saves in the background. */
  look(): void {
    if (this.#isSaving) return
    const many = kinds.filter((kind) => this.#hasMany(kind))
    if (many.length === 0) return
    this.#isSaving = true
    this.#saving = this.#saving
      .then(() => this.#save(many))
      .finally(() => {
        this.#isSaving = false
      })
  }

  /** To be called when files may have been published: what is saved of those before is of no use. */
  renew(): Promise<void> {
    // One after the other: two that write the same file would take it away from each other.
    this.#saving = this.#saving.then(() => this.#renew())
    return this.#saving
  }

  async #renew(): Promise<void> {
    const before = this.#matrices
    this.#matrices = this.#published()
    const replaced = kinds.filter((kind) => before[kind] !== this.#matrices[kind])
    const { saved, base } = this.#options
    for (const kind of kinds) {
      if (replaced.includes(kind)) await saved[kind].remove()
      else if (!this.#isSwept) await saved[kind].removeOld(base.columns[kind])
    }
    this.#isSwept = true
    await this.#save(kinds.filter((kind) => replaced.includes(kind) || this.#hasMany(kind)))
  }

  #hasMany(kind: RecordKind): boolean {
    const copies = this.#options.state.madeCopies(kind)
    return copies !== undefined && copies.madeCount >= Math.max(this.#least, copies.count / 4)
  }

  #published(): Readonly<Record<RecordKind, StoredFile | undefined>> {
    const { base } = this.#options
    return { nodes: base.matrix('nodes')?.file, episodes: base.matrix('episodes')?.file }
  }

  /** Resolves when nothing is being saved. */
  settle(): Promise<void> {
    return this.#saving
  }

  async #save(some: readonly RecordKind[]): Promise<void> {
    const { state, base, whileHeld, logger } = this.#options
    for (const kind of some) {
      const matrix = base.matrix(kind)?.file
      const copies = state.madeCopies(kind)
      if (matrix === undefined || copies === undefined) continue
      await whileHeld(() => copies.save(matrix, this.#least)).catch((error: unknown) => {
        // Nothing depends on it, nobody may wait for it, and a store that is closed has its lock to give back.
        logger.warn(`copies of vectors could not be saved: ${String(error)}`)
      })
    }
  }
}
