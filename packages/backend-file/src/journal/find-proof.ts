import type { WindowReader } from './byte-source.js'
import { frameHeaderLength, parseFrameHeader } from './journal-frame.js'

const step = 1 << 20

/**
 * Looks behind a bad frame for a later one whose writer knew that the bad place had been synced. If there is one, the
 * damage is no write that a crash cut off. Only headers are checked, so the time depends on nothing but the length.
 * @returns where the proof stands, if there is one.
 */
export async function findProof(
  reader: WindowReader,
  salt: Uint8Array,
  damagedAt: number,
): Promise<number | undefined> {
  for (let from = damagedAt; from + frameHeaderLength <= reader.size; from += step) {
    const bytes = await reader.view(from, step + frameHeaderLength)
    for (let at = 0; at < step && at + frameHeaderLength <= bytes.length; at += 8) {
      // The first byte of the magic number; the rest is for parseFrameHeader.
      if (bytes[at] !== 0x48) continue
      const header = parseFrameHeader(bytes.subarray(at, at + frameHeaderLength), salt)
      if (header !== undefined && header.durableOffset > damagedAt) return from + at
    }
  }
  return undefined
}
