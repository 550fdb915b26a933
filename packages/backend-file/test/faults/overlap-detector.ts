import type { RaceChild, RaceEvent } from './race-child.js'

/**
 * Finds two holders of one lock at a time, from what racing processes say. Three things show them: what each leaves
 * behind while it holds the lock, and another finds; a counter that each increments, in two steps; and that another
 * says that it holds the lock while one does that was not yet told to leave, above all while that one is stopped.
 */
export class OverlapDetector {
  readonly violations: string[] = []
  readonly #killed = new Set<number>()
  #holder: RaceChild | undefined
  #holds = 0
  #counter = 0
  #killsSinceHold = 0

  /** Who said last that it holds the lock, was not told to leave and is not dead. */
  get holder(): RaceChild | undefined {
    return this.#holder
  }

  get holds(): number {
    return this.#holds
  }

  isKilled(child: RaceChild): boolean {
    return this.#killed.has(child.pid)
  }

  /** To be called before it is killed. */
  kills(child: RaceChild): void {
    this.#killed.add(child.pid)
    this.#killsSinceHold += 1
    if (this.#holder === child) this.#holder = undefined
  }

  /** To be called before it is told to leave. */
  dismisses(child: RaceChild): void {
    if (this.#holder === child) this.#holder = undefined
  }

  hears(child: RaceChild, said: RaceEvent): void {
    switch (said.event) {
      case 'refused':
        break
      case 'found':
        // One that was killed holds nothing, even if the system has not quite done away with it.
        if (['running', 'stopped'].includes(said.state) && !this.#killed.has(said.pid))
          this.#report(`${child.pid} found ${said.pid} in it, ${said.state}`)
        break
      case 'holds':
        this.#hearsHold(child, said.counter)
        break
      case 'leaves':
        if (!said.isAlone) this.#report(`${child.pid} was not alone in it`)
        if (!said.isHeld) this.#report(`${child.pid} lost it`)
        break
      case 'failed':
        this.#report(`${child.pid} failed: ${said.error}`)
        break
      default:
        said satisfies never
    }
  }

  #hearsHold(child: RaceChild, counter: number): void {
    // Processes that were killed may have had the lock and not yet said so.
    const skipped = counter - this.#counter - 1
    if (skipped < 0 || skipped > this.#killsSinceHold)
      this.#report(`${child.pid} counted to ${counter} after ${this.#counter}`)
    this.#counter = counter
    if (this.#killed.has(child.pid)) return
    this.#killsSinceHold = 0
    this.#holds += 1
    if (this.#holder !== undefined)
      this.#report(`${child.pid} holds it with ${this.#holder.pid}, ${this.#holder.state}`)
    this.#holder = child
  }

  #report(what: string): void {
    this.violations.push(`hold ${this.#holds}: ${what}`)
  }
}
