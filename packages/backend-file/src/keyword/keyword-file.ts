import { crc32 } from 'node:zlib'
import { wordRules } from '@holdfast/core'
import { bytesOf, checksummedPieces } from '../cache/checksummed-pieces.js'
import type { StoredFile } from '../disk/stored-file.js'
import { asObject, parseJsonObject } from '../layout/json-file.js'
import type { WorkSlices } from '../records/work-slices.js'
import type { PublishedTexts } from './published-texts.js'
import type { WordIndexParts } from './word-index.js'

/** A word index as it is kept. */
export interface KeywordFile {
  /** By document: where its text begins in the published file; -1 for one that is not in it. */
  readonly offsets: Float64Array
  readonly index: WordIndexParts
}

/** What a file is the index of. */
export interface KeywordSubject {
  readonly scope: string
  readonly texts: PublishedTexts
}

/*
 * The file: 8 bytes of magic, the length of the head (uint32), the head (JSON), the arrays one after the other, and the
 * CRC-32 of all that. Numbers are little-endian, as everywhere in a store.
 */
const magic = Buffer.from('HFWORDS1')
const chunkSize = 1 << 18
const maxHead = 1 << 20

/** The bytes of a file, in pieces. */
export function* formatKeywordFile(subject: KeywordSubject, content: KeywordFile): Generator<Uint8Array> {
  const head = Buffer.from(JSON.stringify(headOf(subject, content)))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(head.length)
  yield* checksummedPieces([magic, length, head, ...arraysOf(content)])
}

/**
 * Reads a file whose checksum is right and that is what was asked for; `undefined` when it is the index of something
 * else, or was made by other rules.
 * @throws {Error} when it is damaged.
 */
export async function readKeywordFile(
  file: StoredFile,
  size: number,
  subject: KeywordSubject,
  slices: WorkSlices,
): Promise<KeywordFile | undefined> {
  const head = await readHead(file, size)
  if (!isAbout(head, subject)) return undefined
  const { documents, units, terms, pages, seed } = head
  let { checksum } = head
  let position = head.length
  const fill = async <T extends ArrayBufferView>(array: T): Promise<T> => {
    const bytes = bytesOf(array)
    for (let at = 0; at < bytes.length; at += chunkSize) {
      const chunk = bytes.subarray(at, at + chunkSize)
      await file.readInto(chunk, position)
      position += chunk.length
      checksum = crc32(chunk, checksum)
      slices.requireWanted()
    }
    return array
  }
  // In the order of `arraysOf`. Each array is made when it is its turn: clearing all their memory at once takes long.
  const offsets = await fill(new Float64Array(documents))
  const lengths = await fill(new Uint32Array(documents))
  const text = await fill(new Uint16Array(units))
  const ends = await fill(new Uint32Array(terms))
  const hashes = await fill(new Uint32Array(terms))
  const heads = await fill(new Uint32Array(terms))
  const blocks = await fill(new Uint32Array(terms))
  const last = await fill(new Uint32Array(terms))
  const counts = await fill(new Uint32Array(terms))
  const used = await fill(new Uint16Array(terms))
  const levels = await fill(new Uint8Array(terms))
  const filled: Uint8Array[] = []
  for (const page of pages) filled.push(await fill(new Uint8Array(page)))
  const end = Buffer.alloc(4)
  await file.readInto(end, position)
  if (end.readUInt32LE(0) !== checksum) throw new Error('its checksum is wrong')
  return {
    offsets,
    index: {
      lengths,
      terms: { seed, units: text, ends, hashes },
      postings: { heads, blocks, used, levels, last, counts, pages: filled },
    },
  }
}

/**
 * Reads which scope a file is the index of, and where the texts of its documents begin; `undefined` when it is not of
 * these texts, or was made by other rules. The checksum is not looked at: who reads the whole file compares again.
 * @throws {Error} when it is damaged.
 */
export async function readKeywordOffsets(
  file: StoredFile,
  size: number,
  texts: PublishedTexts,
): Promise<{ readonly scope: string; readonly offsets: Float64Array } | undefined> {
  const head = await readHead(file, size)
  const { scope } = head.about
  if (typeof scope !== 'string' || !isAbout(head, { scope, texts })) return undefined
  const offsets = new Float64Array(head.documents)
  await file.readInto(bytesOf(offsets), head.length)
  return { scope, offsets }
}

interface Head {
  readonly about: Readonly<Record<string, unknown>>
  readonly documents: number
  readonly units: number
  readonly terms: number
  readonly pages: readonly number[]
  readonly seed: number
  /** Bytes of the file before the arrays, and their CRC-32. */
  readonly length: number
  readonly checksum: number
}

async function readHead(file: StoredFile, size: number): Promise<Head> {
  const start = Buffer.alloc(magic.length + 4)
  await file.readInto(start, 0)
  const length = start.readUInt32LE(magic.length)
  if (!start.subarray(0, magic.length).equals(magic) || length > maxHead) throw new Error('it has no head')
  const bytes = Buffer.alloc(length)
  await file.readInto(bytes, start.length)
  const found = asObject(parseJsonObject(bytes.toString('utf8'), file.path), file.path)
  const { counts, pages: pageSizes, seed, ...about } = found
  const [documents = 0, units = 0, terms = 0] = numbers(counts)
  const pages = numbers(pageSizes)
  const body = documents * 12 + units * 2 + terms * 27 + pages.reduce((sum, page) => sum + page, 0)
  const before = start.length + length
  if (before + body + 4 !== size) throw new Error(`it has ${size} bytes`)
  const checksum = crc32(bytes, crc32(start))
  return { about, documents, units, terms, pages, seed: numbers([seed])[0] ?? 0, length: before, checksum }
}

function isAbout({ about }: Head, subject: KeywordSubject): boolean {
  return JSON.stringify(about) === JSON.stringify(aboutOf(subject))
}

function arraysOf({ offsets, index }: KeywordFile): readonly ArrayBufferView[] {
  const { lengths, terms, postings } = index
  const { heads, blocks, used, levels, last, counts, pages } = postings
  const ofTerms = [terms.ends, terms.hashes, heads, blocks, last, counts, used, levels]
  return [offsets, lengths, terms.units, ...ofTerms, ...pages]
}

function headOf(subject: KeywordSubject, { index }: KeywordFile) {
  const { lengths, terms, postings } = index
  return {
    ...aboutOf(subject),
    counts: [lengths.length, terms.units.length, terms.ends.length],
    pages: postings.pages.map(({ length }) => length),
    seed: terms.seed,
  }
}

/** What has to be the same for a file to be of use. */
function aboutOf({ scope, texts }: KeywordSubject) {
  return {
    scope,
    texts: [texts.size, texts.crc32],
    rules: [wordRules, process.versions.unicode ?? ''],
  }
}

function numbers(value: unknown): readonly number[] {
  if (!Array.isArray(value)) throw new Error('it has a wrong head')
  return value.map((item: unknown) => {
    if (typeof item !== 'number' || !Number.isSafeInteger(item) || item < 0) {
      throw new Error('it has a wrong head')
    }
    return item
  })
}
