import { checkDimensions } from './embedding-vector.js'
import type { EpisodicMemory } from './episodic-memory.js'
import { MemoryError } from './memory-error.js'
import type { MemoryNode } from './memory-node.js'
import { type Owner, ownerKey, ownerOf } from './owner.js'
import type { RecordText } from './record-text.js'

/** A checked record on its way into a backend. */
export interface NewRecord<T> {
  readonly owner: Owner
  /** Without its embedding. */
  readonly record: T
  /** What is to be stored: see `RecordText`. */
  readonly text: RecordText
  readonly embedding: Float32Array | undefined
}

export type NewNode = NewRecord<MemoryNode>
export type NewEpisode = NewRecord<EpisodicMemory>

/**
 * UTF-8 bytes that a record's text may have: 32 MiB. Text outside ASCII takes 6 bytes a UTF-16 unit, as Python writes
 * it. Without a bound one tenant's record could be too large for another program, or a later open, to read.
 */
export const maxRecordBytes = 32 * 2 ** 20

/** A parsed input, before its owner is looked at. */
export interface ParsedRecord<T> extends Omit<NewRecord<T>, 'owner'> {
  /** Where the owner is known from elsewhere: old files do not write it into an episode. */
  readonly owner?: Owner
}

/**
 * Parses a batch and checks what concerns more than one record.
 * @param dimensions of the store; `undefined` lets the first vector decide.
 * @throws {MemoryError} as {@link RecordPreparer.add}.
 */
export function prepareRecords<I, T extends MemoryNode | EpisodicMemory>(
  inputs: readonly I[],
  dimensions: number | undefined,
  parse: (input: I) => ParsedRecord<T>,
): readonly NewRecord<T>[] {
  if (!Array.isArray(inputs)) throw new TypeError('records must be an array')
  const preparer = new RecordPreparer(dimensions, parse)
  for (const input of inputs as readonly I[]) preparer.add(input)
  return preparer.records
}

/** A batch that is parsed and checked record by record. */
export class RecordPreparer<I, T extends MemoryNode | EpisodicMemory> {
  readonly records: NewRecord<T>[] = []
  readonly #parse: (input: I) => ParsedRecord<T>
  readonly #ids = new OwnedIds()
  #dimensions: number | undefined

  /** @param dimensions of the store; `undefined` lets the first vector decide. */
  constructor(dimensions: number | undefined, parse: (input: I) => ParsedRecord<T>) {
    this.#dimensions = dimensions
    this.#parse = parse
  }

  /** Values a vector has, as far as anything has said so. */
  get dimensions(): number | undefined {
    return this.#dimensions
  }

  /**
   * @throws {MemoryError} what `parse` throws, `INVALID_NODE` for a text over {@link maxRecordBytes}, `SCOPE_REQUIRED`
   * for a record without an owner, `DIMENSION_MISMATCH`, `DUPLICATE_ID` for two records of one owner with the same id.
   */
  add(input: I): void {
    const index = this.records.length
    const parsed = parseAt(input, index, this.#parse)
    const { record, embedding } = parsed
    const owner = parsed.owner ?? ownerOf(record)
    if (owner === undefined) {
      throw new MemoryError(
        'SCOPE_REQUIRED',
        `record ${index} (${record.id}) has neither tenantId nor userId`,
      )
    }
    const bytes = Buffer.byteLength(parsed.text)
    if (bytes > maxRecordBytes) {
      throw new MemoryError(
        'INVALID_NODE',
        `record ${index} (${record.id}) takes ${bytes} bytes as JSON, ${maxRecordBytes} are allowed`,
      )
    }
    if (embedding !== undefined) {
      checkDimensions(embedding, this.#dimensions, `the embedding of record ${index} (${record.id})`)
      this.#dimensions ??= embedding.length
    }
    if (!this.#ids.add(owner, record.id))
      throw new MemoryError('DUPLICATE_ID', `the id ${record.id} stands twice in one batch`)
    this.records.push({ owner, record, text: parsed.text, embedding })
  }
}

/** Ids, which are unique for each owner. */
export class OwnedIds {
  readonly #ids = new Map<string, Set<string>>()

  /** @returns whether it was not there before. */
  add(owner: Owner, id: string): boolean {
    const key = ownerKey(owner)
    const ids = this.#ids.get(key) ?? new Set()
    if (ids.has(id)) return false
    this.#ids.set(key, ids.add(id))
    return true
  }

  has(owner: Owner, id: string): boolean {
    return this.#ids.get(ownerKey(owner))?.has(id) === true
  }
}

function parseAt<I, T>(input: I, index: number, parse: (input: I) => ParsedRecord<T>): ParsedRecord<T> {
  try {
    return parse(input)
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error
    throw new MemoryError(error.code, `record ${index}: ${error.message}`, { cause: error })
  }
}
