import { randomInt } from 'node:crypto'

/** What keys are made with. Whoever does not know it cannot choose words that share one. */
export interface KeySecret {
  readonly start: number
  /** Odd. */
  readonly factor: number
}

/** Another one in each process. */
export const processSecret: KeySecret = { start: randomInt(2 ** 32), factor: 2 * randomInt(2 ** 31) + 1 }

/**
 * 32 bits by which a word is found in a table. The hash that is stored is known to everybody: with words that share it
 * an owner could make every search in the table as long as the table, and all others wait for that.
 */
export function wordKey(bytes: Uint8Array, start: number, end: number, secret: KeySecret): number {
  const { factor } = secret
  let key = secret.start
  for (let at = start; at < end; at++) key = Math.imul(key ^ (bytes[at] ?? 0), factor)
  const mixed = Math.imul(key ^ (key >>> 16), 0x85ebca6b)
  return (mixed ^ (mixed >>> 13)) >>> 0
}
