import type { StoredFile } from '../disk/stored-file.js'

interface Generation {
  files: readonly StoredFile[]
  readers: number
  isOver: boolean
  /** To be done when nobody reads from it any more. */
  onDrained: () => void
}

/** A reader's hold on the files of a moment. */
export interface Hold {
  release(): Promise<void>
}

/**
 * Keeps files open as long as somebody may read from them. Compaction moves what is alive to new files and begins a
 * new generation; those who read from the old one still find there what was alive when they began.
 *
 * A reader of an old generation may come across content that has been moved since, so it holds every later one too.
 */
export class FileGenerations {
  readonly #generations: Generation[]
  readonly #onCloseFailure: (error: unknown) => void

  /** @param files takes over a hold on each. */
  constructor(files: readonly StoredFile[], onCloseFailure: (error: unknown) => void) {
    this.#generations = [begin(files)]
    this.#onCloseFailure = onCloseFailure
  }

  /** Adds a file to the current generation, and takes over a hold on it. */
  add(file: StoredFile): void {
    const current = this.#current
    current.files = [...current.files, file]
  }

  hold(): Hold {
    const generation = this.#current
    generation.readers += 1
    let isHeld = true
    return {
      release: async () => {
        if (!isHeld) return
        isHeld = false
        generation.readers -= 1
        await this.#drain()
      },
    }
  }

  /**
   * Goes on with other files. Those that stay are given again, with a hold of their own.
   * @param onDrained called when the last reader of what was before has gone.
   */
  async next(files: readonly StoredFile[], onDrained: () => void): Promise<void> {
    const over = this.#current
    over.isOver = true
    over.onDrained = onDrained
    this.#generations.push(begin(files))
    await this.#drain()
  }

  /** Lets go of everything. There must be no reader left. */
  async close(): Promise<void> {
    this.#current.isOver = true
    await this.#drain()
  }

  get #current(): Generation {
    const current = this.#generations.at(-1)
    if (current === undefined) throw new TypeError('the files are closed')
    return current
  }

  async #drain(): Promise<void> {
    for (;;) {
      const oldest = this.#generations[0]
      if (oldest === undefined || !oldest.isOver || oldest.readers > 0) return
      this.#generations.shift()
      oldest.onDrained()
      // A descriptor is gone even when closing it fails, and a file that was only read loses nothing by that.
      for (const file of oldest.files) await file.release().catch(this.#onCloseFailure)
    }
  }
}

function begin(files: readonly StoredFile[]): Generation {
  return { files, readers: 0, isOver: false, onDrained: () => {} }
}
