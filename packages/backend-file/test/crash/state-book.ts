import { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { publishedTextOf } from './published-files.js'
import { dataDir, openSimulated } from './simulated-store.js'
import { storeText } from './store-text.js'
import type { Write } from './tiny-writes.js'

/** What is on a disk before a history begins. The data directory is there. */
export type Prepare = (disk: SimulatedDisk) => Promise<void>

/**
 * Knows what a store shows after any of a history's writes, because it does them on a disk that never fails, in one
 * session, one after the other, and without ever publishing them.
 */
export class StateBook {
  readonly #prepare: Prepare
  readonly #writes: readonly Write[]
  readonly #texts = new Map<string, string>()
  readonly #published = new Set<string>()

  constructor(prepare: Prepare, writes: readonly Write[]) {
    this.#prepare = prepare
    this.#writes = writes
  }

  /** The `storeText` after these writes and no others. */
  async after(commits: readonly number[]): Promise<string> {
    const known = this.#texts.get(commits.join())
    if (known !== undefined) return known
    const disk = new SimulatedDisk()
    await disk.mkdir(dataDir)
    await this.#prepare(disk)
    const backend = await openSimulated(disk, { bootId: 'model' })
    let text = await this.#note([], await storeText(backend))
    for (const [index, commit] of commits.entries()) {
      // One that is refused changes nothing.
      await this.#writes[commit]?.(backend).catch(() => {})
      const prefix = commits.slice(0, index + 1)
      text = this.#texts.get(prefix.join()) ?? (await this.#note(prefix, await storeText(backend)))
    }
    return text
  }

  /** Whether this `publishedText` is one of a state that was asked for. */
  mayBePublished(text: string): boolean {
    return this.#published.has(text)
  }

  #note(commits: readonly number[], text: string): string {
    this.#texts.set(commits.join(), text)
    this.#published.add(publishedTextOf(text))
    return text
  }
}
