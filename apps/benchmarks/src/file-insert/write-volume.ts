import type { Finding, Target } from '../finding.js'
import { type WrittenBytes, writtenBytes } from '../written-bytes.js'

/** Compares what this process writes with what it was asked to insert. */
export class WriteVolume {
  readonly #before: WrittenBytes | undefined
  #inserted = 0

  private constructor(before: WrittenBytes | undefined) {
    this.#before = before
  }

  static async start(): Promise<WriteVolume> {
    return new WriteVolume(await writtenBytes())
  }

  inserted(bytes: number): void {
    this.#inserted += bytes
  }

  /** @param of what was inserted; @param target for the bytes handed to write calls. */
  async findings(of: string, target?: Target): Promise<readonly Finding[]> {
    const [before, after] = [this.#before, await writtenBytes()]
    const perByte = (kind: keyof WrittenBytes): readonly number[] =>
      before === undefined || after === undefined ? [] : [(after[kind] - before[kind]) / this.#inserted]
    const wanted = target === undefined ? {} : { target }
    return [
      { name: `bytes written per byte inserted, ${of}`, unit: '', samples: perByte('handed'), ...wanted },
      { name: `the same as pages of the disk, ${of}`, unit: '', samples: perByte('pages') },
    ]
  }
}
