import { crc32 } from 'node:zlib'
import type { RecordIndex } from '../records/record-index.js'
import { WorkSlices } from '../records/work-slices.js'
import type { KeywordCache } from './keyword-cache.js'
import { placeDocuments } from './place-documents.js'
import type { PublishedTexts } from './published-texts.js'
import type { ScopeDocuments } from './scope-documents.js'
import { scopeNamed } from './scope-name.js'
import { ScopeWords } from './scope-words.js'

interface Carried {
  readonly name: string
  readonly documents: ScopeDocuments
  /** CRC-32 of the offsets that the documents were placed by. */
  readonly crc32: number
}

/**
 * The indexes on disk of the texts that are being replaced. Where a text begins says nothing any more once there are
 * other texts, so which rows the documents stand for is found out before; the words are read afterwards, one index at a
 * time.
 */
export class CarriedIndexes {
  readonly #index: RecordIndex
  readonly #texts: PublishedTexts
  readonly #carried: readonly Carried[]

  private constructor(index: RecordIndex, texts: PublishedTexts, carried: readonly Carried[]) {
    this.#index = index
    this.#texts = texts
    this.#carried = carried
  }

  /**
   * The caller keeps the store's files open.
   * @param maxSize bytes that an index may take in memory, which is about what it takes on disk.
   */
  static async find(
    cache: KeywordCache,
    texts: PublishedTexts,
    index: RecordIndex,
    maxSize: number,
  ): Promise<CarriedIndexes> {
    const slices = new WorkSlices(undefined)
    const carried: Carried[] = []
    for await (const { scope: name, offsets } of cache.stored(texts, maxSize, slices)) {
      const scope = scopeNamed(name)
      if (scope === undefined) continue
      const documents = await placeDocuments(index, index.rowsIn(scope), offsets, texts.file, slices)
      if (documents.count > 0) carried.push({ name, documents, crc32: sumOf(offsets) })
    }
    return new CarriedIndexes(index, texts, carried)
  }

  /**
   * Brings the indexes up to date and saves them for other texts. The caller keeps the store's files open.
   * @param isInMemory says of which scopes there is an index that is saved anyway.
   */
  async bringOver(
    cache: KeywordCache,
    texts: PublishedTexts,
    {
      isInMemory,
      smallScope,
    }: { readonly isInMemory: (name: string) => boolean; readonly smallScope: number },
  ): Promise<void> {
    if (texts.file === this.#texts.file) return
    for (const { name, documents, crc32: sum } of this.#carried) {
      const scope = scopeNamed(name)
      if (scope === undefined || isInMemory(name)) continue
      const content = await cache.load(name, this.#texts, new WorkSlices(undefined))
      if (content === undefined || sumOf(content.offsets) !== sum) continue
      const words = new ScopeWords(this.#index, scope)
      await words.adopt(content, documents)
      await words.catchUp()
      if (words.totalLength >= smallScope) await words.save(cache, texts)
    }
  }
}

function sumOf({ buffer, byteOffset, byteLength }: Float64Array): number {
  return crc32(new Uint8Array(buffer, byteOffset, byteLength))
}
