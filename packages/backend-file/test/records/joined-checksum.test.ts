import { crc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { JoinedChecksum } from '../../src/records/joined-checksum.js'
import { seed } from '../simulated-disk/seed.js'

const parts = fc.array(fc.record({ bytes: fc.uint8Array({ maxLength: 100 }), hasChecksum: fc.boolean() }))

it(`the checksum of joined parts is that of all bytes (seed ${seed})`, () => {
  fc.assert(
    fc.property(parts, (some) => {
      const joined = new JoinedChecksum()
      for (const { bytes, hasChecksum } of some) {
        if (hasChecksum) joined.join(crc32(bytes), bytes.length)
        else joined.add(Uint8Array.of(1, ...bytes, 2), 1, bytes.length + 1)
      }
      expect(joined.value).toBe(crc32(Buffer.concat(some.map(({ bytes }) => bytes))))
    }),
    { seed },
  )
})

it('a part may be of any length, and there may be more lengths than are kept', () => {
  const bytes = new Uint8Array(3_000_000).map((_, at) => at * 31)
  const joined = new JoinedChecksum()
  let at = 0
  for (let length = 0; length < 5000; length++) {
    const to = Math.min(bytes.length, at + (length % 2 === 0 ? length : 5000 - length))
    joined.join(crc32(bytes.subarray(at, to)), to - at)
    at = to
  }
  joined.join(crc32(bytes.subarray(at)), bytes.length - at)
  expect(joined.value).toBe(crc32(bytes))
})
