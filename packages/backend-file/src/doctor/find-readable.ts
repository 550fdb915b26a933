import { type ByteSource, WindowReader } from '../journal/byte-source.js'
import {
  type FrameHeader,
  frameHeaderLength,
  paddedLength,
  parseFrameHeader,
  payloadChecksum,
} from '../journal/journal-frame.js'
import { journalHeaderLength, saltLength } from '../journal/journal-header.js'

const step = 1 << 20

/**
 * Finds the transactions of a journal that have kept their content, whether or not a chain leads to them and whatever
 * has become of the header around its salt.
 * @returns the sequence of each.
 */
export async function* findReadable(source: ByteSource): AsyncGenerator<number> {
  const reader = new WindowReader(source)
  const head = await reader.view(0, journalHeaderLength)
  if (head.length < journalHeaderLength) return
  const salt = Uint8Array.from(head.subarray(32, 32 + saltLength))
  /** Of the frame before, while it is a part of a larger transaction. */
  let part: number | undefined
  for (let at = journalHeaderLength; ; ) {
    const found = await nextHeader(reader, salt, at)
    if (found === undefined) return
    const { header, offset } = found
    const length = paddedLength(header.payloadLength)
    const payload = await reader.view(offset + frameHeaderLength, length)
    if (payload.length < length || payloadChecksum(payload, salt) !== header.payloadChecksum) {
      at = offset + 8
      continue
    }
    at = offset + frameHeaderLength + length
    const isEnd = header.type === 'commit' && part === header.sequence - 1
    part = header.type === 'part' ? header.sequence : undefined
    if (header.type === 'transaction' || isEnd) yield header.sequence
  }
}

async function nextHeader(
  reader: WindowReader,
  salt: Uint8Array,
  from: number,
): Promise<{ readonly header: FrameHeader; readonly offset: number } | undefined> {
  for (let start = from; start + frameHeaderLength <= reader.size; start += step) {
    const bytes = await reader.view(start, step + frameHeaderLength)
    for (let at = 0; at < step && at + frameHeaderLength <= bytes.length; at += 8) {
      // The first byte of the magic number.
      if (bytes[at] !== 0x48) continue
      const header = parseFrameHeader(bytes.subarray(at, at + frameHeaderLength), salt)
      if (header !== undefined) return { header, offset: start + at }
    }
  }
  return undefined
}
