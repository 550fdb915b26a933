import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isStorableText, ownerKey, ownerOf } from '../src/index.js'
import { anyText, seed, trickyText } from './support/seed.js'

describe(`ownerKey, seed ${seed}`, () => {
  const id = fc.option(fc.oneof(trickyText, anyText))
  /** The owner by the contract: the tenant, else the user. */
  const owned = (fields: { tenantId: string | null; userId: string | null }) =>
    fields.tenantId ? ['tenant', fields.tenantId] : ['user', fields.userId]

  it('is equal exactly for the same owner', () => {
    let equal = 0
    fc.assert(
      fc.property(id, id, id, id, fc.nat(3), (tenantA, userA, tenantB, userB, kind) => {
        const a = ownerOf({ tenantId: tenantA, userId: userA })
        const b = ownerOf(
          [
            { tenantId: tenantB, userId: userB },
            { tenantId: userA, userId: tenantA },
            { tenantId: tenantA, userId: userB },
            { tenantId: null, userId: userA },
          ][kind] ?? { tenantId: null, userId: null },
        )
        if (a === undefined || b === undefined) return
        const same = JSON.stringify(owned(a)) === JSON.stringify(owned(b))
        if (same) equal += 1
        expect(ownerKey(a) === ownerKey(b)).toBe(same)
      }),
      { numRuns: 2000 },
    )
    expect(equal).toBeGreaterThan(100)
  })

  it('keeps apart what joins alike', () => {
    const owners = [
      { tenantId: 'a', userId: null },
      { tenantId: null, userId: 'a' },
      { tenantId: 'u:a', userId: null },
      { tenantId: null, userId: 't:a' },
      { tenantId: 'a:b', userId: null },
      { tenantId: 't:a', userId: null },
    ]
    expect(new Set(owners.map(ownerKey)).size).toBe(owners.length)
  })

  it('is the same for all users of a tenant', () => {
    expect(ownerKey({ tenantId: 'a', userId: 'u' })).toBe(ownerKey({ tenantId: 'a', userId: null }))
  })

  it('takes an empty text for absent', () => {
    expect(ownerKey({ tenantId: '', userId: 'u' })).toBe(ownerKey({ tenantId: null, userId: 'u' }))
    expect(() => ownerKey({ tenantId: '', userId: '' })).toThrow(TypeError)
    expect(() => ownerKey({ tenantId: null, userId: null })).toThrow(TypeError)
  })
})

describe('ownerOf', () => {
  it.each([
    ['a', 'u', { tenantId: 'a', userId: 'u' }],
    ['a', null, { tenantId: 'a', userId: null }],
    ['a', '', { tenantId: 'a', userId: null }],
    ['', 'u', { tenantId: null, userId: 'u' }],
    [null, null, undefined],
    ['', '', undefined],
    ['a\0', 'u', undefined],
    ['a', '\ud800', undefined],
    ['\udc00', null, undefined],
  ])('%j, %j', (tenantId, userId, expected) => {
    expect(ownerOf({ tenantId, userId })).toEqual(expected)
  })
})

it.each([
  ['', true],
  ['é😀', true],
  ['\u0001\u007f\ufffd\uffff', true],
  ['a\0b', false],
  ['\ud83d', false],
  ['\ude00\ud83d', false],
])('isStorableText %j', (text, expected) => {
  expect(isStorableText(text)).toBe(expected)
})
