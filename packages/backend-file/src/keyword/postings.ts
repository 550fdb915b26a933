import { grown, integers32 } from '../records/growing-arrays.js'

/** Documents and how often each has a term; only the first `count` entries mean something. */
export class Postings {
  count = 0
  documents: Uint32Array = integers32(0)
  frequencies: Uint32Array = integers32(0)

  /** Makes room for a list. */
  reserve(count: number): void {
    this.documents = grown(this.documents, count, integers32)
    this.frequencies = grown(this.frequencies, count, integers32)
    this.count = 0
  }
}
