import { type MemoryNode, type ResolvedFilter, timestampMicros } from '@holdfast/core'
import { bytes8, doubles, grown, signed32 } from './growing-arrays.js'
import { InternedValues } from './interned-values.js'

/** The part of a filter that asks what only texts say. */
export type TextFilter = Omit<ResolvedFilter, 'ids' | 'userId' | 'clusterId'>

/** Whether a row passes; `undefined` when nothing is known of it. */
export type RowTest = (row: number) => boolean | undefined

/** Bytes that a row takes in the columns. */
const rowBytes = 21
const flags = { known: 1, hasCode: 2, hasError: 4 } as const

/**
 * What filters ask of nodes, by row, so that a text is read for the first filter only. A row never gets another text as
 * long as it can be read, and the values that stand beside a text are not among these.
 */
export class FilterFacts {
  readonly #mostRows: number
  readonly #mostCharacters: number
  #texts = new InternedValues<string>()
  #tagSets = new InternedValues<ReadonlySet<string>>()
  #flags: Uint8Array = new Uint8Array(0)
  #conversations: Int32Array = new Int32Array(0)
  #sources: Int32Array = new Int32Array(0)
  #tags: Int32Array = new Int32Array(0)
  /** Microseconds; NaN for what is no timestamp. */
  #created: Float64Array = new Float64Array(0)

  /** @param budget bytes that all of it may take: half for columns, half for names. Rows past the columns are not kept. */
  constructor(budget: number) {
    this.#mostRows = Math.floor(budget / 2 / rowBytes)
    // Two bytes each at most.
    this.#mostCharacters = Math.floor(budget / 4)
  }

  /** Keeps what filters ask of a node. */
  set(row: number, node: MemoryNode): void {
    if (row >= this.#mostRows) return
    if (this.#texts.characters + this.#tagSets.characters > this.#mostCharacters) this.#forgetAll()
    if (row >= this.#flags.length) this.#makeRoom(row + 1)
    this.#conversations[row] = this.#texts.intern(node.conversationId, () => node.conversationId)
    this.#sources[row] = this.#texts.intern(node.source, () => node.source)
    this.#tags[row] = this.#tagSets.intern(
      JSON.stringify(node.tags),
      () => new Set(Object.values(node.tags).flat()),
    )
    this.#created[row] = timestampMicros(node.createdAt) ?? Number.NaN
    this.#flags[row] = flags.known | (node.hasCode ? flags.hasCode : 0) | (node.hasError ? flags.hasError : 0)
  }

  /** These rows are no more, and their numbers will stand for others. */
  forget(rows: Iterable<number>): void {
    for (const row of rows) if (row < this.#flags.length) this.#flags[row] = 0
  }

  /** What `matchesFilter` says of the nodes. Valid until {@link set} is called. */
  test(filter: TextFilter): RowTest {
    const { conversationId, source, tags, hasCode, hasError, createdAfter, createdBefore } = filter
    const isConversation = this.#texts.test(conversationId && isIn(conversationId))
    const isSource = this.#texts.test(source && isIn(source))
    const hasTag = this.#tagSets.test(tags && ((own) => tags.some((tag) => own.has(tag))))
    return (row) => {
      const facts = this.#flags[row] ?? 0
      if (facts === 0) return undefined
      const created = this.#created[row] ?? Number.NaN
      return (
        isConversation(this.#conversations[row] ?? 0) &&
        isSource(this.#sources[row] ?? 0) &&
        hasTag(this.#tags[row] ?? 0) &&
        (hasCode === undefined || hasCode === ((facts & flags.hasCode) !== 0)) &&
        (hasError === undefined || hasError === ((facts & flags.hasError) !== 0)) &&
        (createdAfter === undefined || created > createdAfter) &&
        (createdBefore === undefined || created < createdBefore)
      )
    }
  }

  /** Names of records that have gone would be kept for ever otherwise. */
  #forgetAll(): void {
    this.#texts = new InternedValues()
    this.#tagSets = new InternedValues()
    this.#flags.fill(0)
  }

  #makeRoom(rows: number): void {
    this.#flags = grown(this.#flags, rows, bytes8)
    this.#conversations = grown(this.#conversations, rows, signed32)
    this.#sources = grown(this.#sources, rows, signed32)
    this.#tags = grown(this.#tags, rows, signed32)
    this.#created = grown(this.#created, rows, doubles)
  }
}

function isIn(wanted: readonly string[]): (value: string) => boolean {
  const values = new Set(wanted)
  return (value) => values.has(value)
}
