import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeOperations } from '../../src/journal/decode-operations.js'
import { encodeTransaction } from '../../src/journal/encode-operations.js'
import { frameHeaderLength } from '../../src/journal/journal-frame.js'
import type { JournalOperation, LocatedOperation } from '../../src/journal/journal-operation.js'
import { seed } from '../simulated-disk/seed.js'

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '\0', '\\ud800', '😀', '__proto__', '￿'),
)
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const kind = fc.constantFrom('nodes' as const, 'episodes' as const)
const cluster = fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))

const operation: fc.Arbitrary<JournalOperation> = fc.oneof(
  fc.record({
    type: fc.constant('put' as const),
    kind,
    owner: fc.record({ tenantId: fc.option(text), userId: fc.option(text) }),
    id: text,
    text: fc.oneof(text, fc.json()),
    // Every bit pattern, those of NaN too.
    vector: some(
      fc.array(fc.nat(0xffff_ffff)).map((bits) => new Float32Array(Uint32Array.from(bits).buffer)),
    ),
    clusterId: cluster,
    position: fc.oneof(fc.maxSafeNat(), fc.double({ noNaN: true })),
  }),
  fc.record({ type: fc.constant('delete' as const), kind, ownerKey: text, id: text }),
  fc.record({
    type: fc.constant('overlay' as const),
    ownerKey: text,
    id: text,
    access: some(fc.record({ count: fc.maxSafeNat(), lastAccessed: fc.option(text) })),
    cluster: some(fc.record({ id: cluster, label: fc.option(text), confidence: fc.double({ noNaN: true }) })),
  }),
  fc.record({
    type: fc.constant('settings' as const),
    dimensions: some(fc.nat(16_000)),
    embeddingModel: some(fc.record({ provider: text, model: text, dimensions: fc.nat(16_000) })),
  }),
)

function decode(bytes: Buffer, length: number, count: number): readonly LocatedOperation[] {
  const payload = bytes.subarray(frameHeaderLength, frameHeaderLength + length)
  return [...decodeOperations(payload, count, frameHeaderLength)]
}

const bits = (vector: Float32Array | undefined) =>
  vector && Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('hex')
const exact = (one: JournalOperation) => (one.type === 'put' ? { ...one, vector: bits(one.vector) } : one)

describe(`operations as bytes, seed ${seed}`, () => {
  it('come back exactly, and lie where it says', () => {
    let withVector = 0
    fc.assert(
      fc.property(fc.array(operation), (operations) => {
        const { frames, places } = encodeTransaction(operations)
        const [frame] = frames
        if (frame === undefined) throw new Error('no frame')
        const decoded = decode(frame.bytes, frame.payloadLength, frame.operationCount)
        expect(decoded.map((one) => exact(one.operation))).toEqual(operations.map(exact))
        expect(places.map(({ place }) => place)).toEqual(decoded.map(({ place }) => place))
        for (const [index, { place }] of decoded.entries()) {
          const put = operations[index]
          if (put?.type !== 'put' || place === undefined) continue
          const { textOffset, textLength, vectorOffset } = place
          expect(frame.bytes.toString('utf8', textOffset, textOffset + textLength)).toBe(put.text)
          if (put.vector === undefined || vectorOffset === undefined) continue
          expect(frame.bytes.toString('hex', vectorOffset, vectorOffset + put.vector.byteLength)).toBe(
            bits(put.vector),
          )
          withVector += 1
        }
      }),
      { seed, numRuns: 400 },
    )
    expect(withVector).toBeGreaterThan(50)
  })

  it('are split between operations into frames of limited size', () => {
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 20 }),
        fc.integer({ min: 1500, max: 3000 }),
        (operations, limit) => {
          fc.pre(operations.every((one) => (encodeTransaction([one]).frames[0]?.payloadLength ?? 0) <= limit))
          const { frames } = encodeTransaction(operations, limit)
          for (const { payloadLength } of frames) expect(payloadLength).toBeLessThanOrEqual(limit)
          const decoded = frames.flatMap((frame) =>
            decode(frame.bytes, frame.payloadLength, frame.operationCount),
          )
          expect(decoded.map((one) => exact(one.operation))).toEqual(operations.map(exact))
        },
      ),
      { seed, numRuns: 200 },
    )
  })

  it('are refused when they do not fit or text is half a character', () => {
    const put = {
      type: 'put',
      kind: 'nodes',
      owner: { tenantId: 'a', userId: null },
      id: 'i',
      text: 'x'.repeat(100),
      vector: undefined,
      clusterId: null,
      position: 1,
    } as const
    expect(() => encodeTransaction([put], 100)).toThrow(expect.objectContaining({ code: 'INVALID_NODE' }))
    expect(() => encodeTransaction([{ ...put, text: '\ud800' }])).toThrow(TypeError)
  })

  it('never read past a payload of random bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.constantFrom(1, 2, 3, 4),
        (bytes, code) => {
          bytes[0] = code
          try {
            for (const { operation: found } of decodeOperations(bytes, 3, 0))
              expect(found.type).toBeTypeOf('string')
          } catch (error) {
            expect(error).toMatchObject({ code: 'CORRUPT' })
          }
        },
      ),
      { seed, numRuns: 2000 },
    )
  })
})
