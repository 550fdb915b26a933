import { crc32 } from 'node:zlib'
import type { StoredFile } from '../disk/stored-file.js'
import type { Rows } from '../records/row-list.js'
import { rowStride } from './quantised-rows.js'
import { RowRanks } from './row-ranks.js'
import { type CopiesTable, copiesPerBlock } from './saved-copies-format.js'

/** Copies that were found. */
export interface FoundCopies {
  readonly rows: readonly number[]
  /** Where each row's copy begins in the bytes. */
  readonly offsets: readonly number[]
  /** Valid during the call. */
  readonly bytes: Uint8Array
}

/** Who wants copies. */
export interface CopyTaker {
  /** Where a row's vector lies in a file; −1 when it is not there. */
  readonly offsetIn: (row: number, file: StoredFile) => number
  /** @returns how many of them it has taken; fewer when there is no room. */
  readonly take: (copies: FoundCopies) => number
}

/** Fewer copies of a block than this cost more to read than their vectors do. */
export const leastOfBlock = 8
/** Blocks that are read at once: about half a mebibyte of copies of usual vectors. */
const blocksAtOnce = 8

export interface SavedFile {
  readonly file: StoredFile
  readonly table: CopiesTable
  /** Which they are copies of. */
  readonly matrix: StoredFile
}

/** Reads copies of a file, some rows after the others. */
export class SavedCopiesReader {
  readonly #saved: SavedFile
  readonly #ranks: RowRanks
  readonly #buffers: readonly [Uint8Array, Uint8Array]

  /** Takes the file over. */
  constructor(saved: SavedFile) {
    this.#saved = saved
    this.#ranks = new RowRanks(saved.table.present)
    const size = Math.min(blocksAtOnce * blockBytes(saved.table), saved.file.size)
    this.#buffers = [new Uint8Array(size), new Uint8Array(size)]
  }

  /**
   * Hands over the copies of these rows that are worth reading and undamaged. To be called again only when it is done.
   * @returns the rows that are left.
   * @throws {MemoryError} when the file cannot be read; the signal's reason.
   */
  async read(rows: Rows, taker: CopyTaker, signal: AbortSignal | undefined): Promise<Rows> {
    const left: number[] = []
    const wanted = wantedBlocks(rows, this.#saved, this.#ranks, taker, left)
    await readBlocks(this.#saved, this.#buffers, wanted, { take: taker.take, left, signal })
    return left
  }

  async close(): Promise<void> {
    await this.#saved.file.release().catch(() => {})
  }
}

/** A number that only this row of the matrix has; they ascend. */
export function matrixRow(offset: number, columns: number): number {
  return Math.floor(offset / (columns * 4))
}

interface WantedBlock {
  readonly number: number
  readonly rows: number[]
  /** In bytes from the start of the block. */
  readonly offsets: number[]
}

/** The blocks to be read, in order; rows that none of them has go to `left`. */
function wantedBlocks(
  rows: Rows,
  { table: { columns }, matrix }: SavedFile,
  ranks: RowRanks,
  { offsetIn }: CopyTaker,
  left: number[],
): readonly WantedBlock[] {
  const stride = rowStride(columns)
  const blocks = new Map<number, WantedBlock>()
  let block: WantedBlock | undefined
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0
    const offset = offsetIn(row, matrix)
    const rank = offset < 0 ? undefined : ranks.of(matrixRow(offset, columns))
    if (rank === undefined) {
      left.push(row)
      continue
    }
    const number = Math.floor(rank / copiesPerBlock)
    if (block?.number !== number) {
      block = blocks.get(number) ?? { number, rows: [], offsets: [] }
      blocks.set(number, block)
    }
    block.rows.push(row)
    block.offsets.push((rank - number * copiesPerBlock) * stride)
  }
  const worthwhile: WantedBlock[] = []
  for (const one of blocks.values()) {
    if (one.rows.length >= leastOfBlock) worthwhile.push(one)
    else for (const row of one.rows) left.push(row)
  }
  return worthwhile.sort((a, b) => a.number - b.number)
}

async function readBlocks(
  { file, table }: SavedFile,
  buffers: readonly [Uint8Array, Uint8Array],
  wanted: readonly WantedBlock[],
  {
    take,
    left,
    signal,
  }: {
    readonly take: CopyTaker['take']
    readonly left: number[]
    readonly signal: AbortSignal | undefined
  },
): Promise<void> {
  const { start, checksums } = table
  const size = blockBytes(table)
  const groups = groupsOf(wanted)
  const begin = (turn: number) => {
    const blocks = groups[turn]
    const first = blocks?.[0]
    if (blocks === undefined || first === undefined) return undefined
    const offset = start + first.number * size
    const length = Math.min(blocks.length * size, file.size - offset)
    const bytes = buffers[turn % 2 === 0 ? 0 : 1].subarray(0, length)
    const reading = file.readInto(bytes, offset)
    // Whoever stops early must not turn a read error into an unhandled rejection.
    reading.catch(() => {})
    return { blocks, bytes, reading }
  }
  let next = begin(0)
  try {
    for (let turn = 1; next !== undefined; turn++) {
      signal?.throwIfAborted()
      const { blocks, bytes, reading }: NonNullable<typeof next> = next
      await reading
      next = begin(turn)
      for (const [at, { number, rows, offsets }] of blocks.entries()) {
        const content = bytes.subarray(at * size, (at + 1) * size)
        const isWhole = crc32(content) === checksums[number]
        const taken = isWhole ? take({ rows, offsets, bytes: content }) : 0
        for (let kept = taken; kept < rows.length; kept++) left.push(rows[kept] ?? 0)
      }
    }
  } finally {
    // Nobody may close the file under a read that is still going on.
    await next?.reading.catch(() => {})
  }
}

function blockBytes({ columns }: CopiesTable): number {
  return copiesPerBlock * rowStride(columns)
}

/** Blocks that follow each other, as many as are read at once. */
function groupsOf(blocks: readonly WantedBlock[]): readonly (readonly WantedBlock[])[] {
  const groups: WantedBlock[][] = []
  for (const block of blocks) {
    const group = groups.at(-1)
    if (
      group !== undefined &&
      group.length < blocksAtOnce &&
      block.number === (group.at(-1)?.number ?? 0) + 1
    ) {
      group.push(block)
    } else groups.push([block])
  }
  return groups
}
