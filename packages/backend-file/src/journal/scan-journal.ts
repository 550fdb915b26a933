import { MemoryError } from '@holdfast/core'
import { type ByteSource, WindowReader } from './byte-source.js'
import { decodeOperations } from './decode-operations.js'
import { findProof } from './find-proof.js'
import {
  continues,
  type FrameHeader,
  frameHeaderLength,
  paddedLength,
  parseFrameHeader,
  payloadChecksum,
} from './journal-frame.js'
import { type JournalHeader, journalHeaderLength, parseJournalHeader } from './journal-header.js'
import type { LocatedOperation } from './journal-operation.js'

/** A frame that was checked. */
export interface ScannedFrame {
  readonly header: FrameHeader
  readonly offset: number
}

/** A whole transaction, checked. Offsets are bytes of the file. */
export interface JournalTransaction {
  /** Of its last frame. Sequences of transactions ascend, with gaps where one has several frames. */
  readonly sequence: number
  readonly firstSequence: number
  readonly offset: number
  readonly end: number
  readonly frames: readonly ScannedFrame[]
  /** In the order in which they were given. Read them before the next transaction is asked for. */
  operations(): AsyncGenerator<LocatedOperation>
}

/**
 * How a journal ends. `sealed`: its writer closed it. `open`: at the end of a frame. `torn`: in a write that was never
 * finished; nobody was told that it happened. `corrupt`: in something that is known to have been synced, or that no
 * writer writes.
 */
export interface JournalEnd {
  readonly kind: 'sealed' | 'open' | 'torn' | 'corrupt'
  /** The end of the last whole transaction, or of the seal. */
  readonly offset: number
  /** Where the first bad frame begins. */
  readonly damagedAt: number | undefined
  /** One more than that of the last whole transaction. A seal does not count: it may be lost, and nothing with it. */
  readonly nextSequence: number
  /** Everything before this offset is on stable storage. */
  readonly durableOffset: number
}

/**
 * Reads a journal from its start, in memory bounded by one frame and never by a length that was not checked. It can go
 * on where it has ended, when the journal has grown meanwhile.
 */
export class JournalScan {
  readonly header: JournalHeader
  readonly #reader: WindowReader
  #end: JournalEnd | undefined
  #durableOffset: number
  #previous: number
  #sequence: number
  #position = journalHeaderLength
  #whole: Pick<JournalEnd, 'offset' | 'nextSequence'>
  #parts: ScannedFrame[] = []

  private constructor(header: JournalHeader, reader: WindowReader) {
    this.header = header
    this.#reader = reader
    this.#durableOffset = header.durableOffset
    this.#previous = header.checksum
    this.#sequence = header.startSequence
    this.#whole = { offset: journalHeaderLength, nextSequence: header.startSequence }
  }

  /** @throws {MemoryError} `CORRUPT` when the header is damaged; `SCHEMA_AHEAD`. */
  static async open(source: ByteSource): Promise<JournalScan> {
    const reader = new WindowReader(source)
    const header = parseJournalHeader(await reader.view(0, journalHeaderLength))
    if (header === undefined) throw new MemoryError('CORRUPT', 'the header of the journal is damaged')
    return new JournalScan(header, reader)
  }

  /** Everything before this offset is on stable storage, as far as the frames up to here tell. */
  get durableOffset(): number {
    return this.#durableOffset
  }

  /** How it ends, once {@link transactions} is through. */
  get end(): JournalEnd {
    if (this.#end === undefined) throw new TypeError('the journal was not scanned to its end')
    return this.#end
  }

  /** @param before leaves out what has this sequence or a higher one, and does not look at it. */
  async *transactions(before = Number.POSITIVE_INFINITY): AsyncGenerator<JournalTransaction> {
    const finish = (kind: JournalEnd['kind'], damagedAt?: number) => {
      this.#end = { kind, ...this.#whole, damagedAt, durableOffset: this.#durableOffset }
    }
    while (this.#sequence < before && this.#position < this.#reader.size) {
      const position = this.#position
      const frame = await this.#frame(position, this.#sequence, this.#previous)
      if (frame === undefined) {
        const proof =
          this.#durableOffset > position ||
          (await findProof(this.#reader, this.header.salt, position)) !== undefined
        return finish(proof ? 'corrupt' : 'torn', position)
      }
      const { header, offset } = frame
      const startsAnew = header.type === 'transaction' || header.type === 'seal'
      if (startsAnew ? this.#parts.length > 0 : header.type === 'commit' && this.#parts.length === 0) {
        return finish('corrupt', position)
      }
      this.#durableOffset = Math.max(this.#durableOffset, header.durableOffset)
      this.#previous = header.checksum
      this.#sequence = header.sequence + 1
      const end = offset + frameHeaderLength + paddedLength(header.payloadLength)
      this.#position = end
      if (header.type === 'part') {
        this.#parts.push(frame)
        continue
      }
      if (header.type === 'seal') {
        this.#whole = { ...this.#whole, offset: end }
        // A sealed file has nothing behind its seal.
        return end < this.#reader.size ? finish('corrupt', end) : finish('sealed')
      }
      this.#whole = { offset: end, nextSequence: this.#sequence }
      const frames = [...this.#parts, frame]
      this.#parts = []
      yield this.#transaction(frames, end)
    }
    if (this.#sequence < before && this.#durableOffset > this.#position) {
      return finish('corrupt', this.#position)
    }
    // Parts without their commit were never acknowledged.
    finish(this.#parts.length > 0 && this.#sequence < before ? 'torn' : 'open')
  }

  /** The payload of a frame with its padding. Only valid until anything else is read. */
  async payload({ header, offset }: ScannedFrame): Promise<Uint8Array> {
    return this.#reader.view(offset + frameHeaderLength, paddedLength(header.payloadLength))
  }

  async #frame(offset: number, sequence: number, previous: number): Promise<ScannedFrame | undefined> {
    const { salt } = this.header
    const header = parseFrameHeader(await this.#reader.view(offset, frameHeaderLength), salt)
    if (header === undefined || !continues(header, sequence, previous)) return undefined
    const length = paddedLength(header.payloadLength)
    if (length > this.#reader.size - offset - frameHeaderLength) return undefined
    const frame = { header, offset }
    return payloadChecksum(await this.payload(frame), salt) === header.payloadChecksum ? frame : undefined
  }

  #transaction(frames: readonly ScannedFrame[], end: number): JournalTransaction {
    const first = frames[0]?.header.sequence ?? 0
    const sequence = first + frames.length - 1
    const offset = frames[0]?.offset ?? end
    const operations = () => this.#operations(frames)
    return { sequence, firstSequence: first, offset, end, frames, operations }
  }

  async *#operations(frames: readonly ScannedFrame[]): AsyncGenerator<LocatedOperation> {
    for (const frame of frames) {
      const { payloadLength, operationCount } = frame.header
      const payload = (await this.payload(frame)).subarray(0, payloadLength)
      yield* decodeOperations(payload, operationCount, frame.offset + frameHeaderLength)
    }
  }
}
