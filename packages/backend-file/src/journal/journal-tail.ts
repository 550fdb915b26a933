import type { OpenFile } from '../disk/file-system.js'
import { writeFully } from '../disk/pieces.js'
import type { EncodedFrame } from './encode-operations.js'
import { type FrameType, sealFrame } from './journal-frame.js'
import { type JournalHeader, journalHeaderLength } from './journal-header.js'

/** A frame that waits for its place. */
export interface UnplacedFrame extends EncodedFrame {
  readonly type: FrameType
}

/** Where the next frame goes: the end of an open journal and the state of its chain. Knows nothing of durability. */
export class JournalTail {
  readonly #file: OpenFile
  readonly #salt: Uint8Array
  #offset = journalHeaderLength
  #sequence: number
  #chain: number

  constructor(file: OpenFile, header: JournalHeader) {
    this.#file = file
    this.#salt = header.salt
    this.#sequence = header.startSequence
    this.#chain = header.checksum
  }

  get offset(): number {
    return this.#offset
  }

  get nextSequence(): number {
    return this.#sequence
  }

  /** Writes frames behind the last one. When it rejects, some of their bytes may be there: see {@link cut}. */
  async write(frames: readonly UnplacedFrame[], durableOffset: number): Promise<void> {
    let sequence = this.#sequence
    let chain = this.#chain
    for (const { type, bytes, payloadLength, operationCount } of frames) {
      chain = sealFrame(bytes, this.#salt, {
        type,
        payloadLength,
        sequence,
        durableOffset,
        operationCount,
        previous: chain,
      })
      sequence += 1
    }
    const bytes =
      frames.length === 1 && frames[0] ? frames[0].bytes : Buffer.concat(frames.map((frame) => frame.bytes))
    await writeFully(this.#file, bytes, this.#offset)
    this.#offset += bytes.length
    this.#sequence = sequence
    this.#chain = chain
  }

  /** Removes what a failed write has left behind the last whole frame. */
  async cut(): Promise<void> {
    await this.#file.truncate(this.#offset)
  }
}
