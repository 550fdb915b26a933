import { copyTree, type DiskDirectory } from '../simulated-disk/disk-nodes.js'
import type { SimulatedDisk } from '../simulated-disk/simulated-disk.js'

/** A disk as it was right before or right after a call, and what was known then. */
export interface CrashPoint<Note> {
  readonly call: number
  readonly moment: 'before' | 'after'
  readonly root: DiskDirectory
  readonly note: Note
}

/** Keeps a disk as it was before and after each call that changed anything. */
export class CrashRecorder<Note> {
  readonly points: CrashPoint<Note>[] = []
  readonly #disk: SimulatedDisk
  readonly #note: () => { readonly revision: string; readonly take: () => Note }
  #seen = ''

  /** @param note what is known at such a moment; `revision` is another one when `take` would give something else. */
  constructor(disk: SimulatedDisk, note: () => { readonly revision: string; readonly take: () => Note }) {
    this.#disk = disk
    this.#note = note
    disk.observe = (call, moment) => this.#keep(call, moment)
  }

  /** Keeps the disk as it is now, and no more from then on. */
  finish(): void {
    this.#disk.observe = undefined
    this.#keep(this.#disk.calls.length, 'before')
  }

  #keep(call: number, moment: 'before' | 'after'): void {
    const { revision, take } = this.#note()
    const seen = `${this.#disk.tree.revision}:${revision}`
    if (seen === this.#seen) return
    this.#seen = seen
    this.points.push({ call, moment, root: copyTree(this.#disk.tree.root), note: take() })
  }
}
