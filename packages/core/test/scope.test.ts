import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isInScope, type Owner, ownerOf, resolveScope, type Scope } from '../src/index.js'
import { anyText, seed, trickyText } from './support/seed.js'

const tenant = (tenantId: string) => ({ kind: 'tenant', tenantId })
const user = (userId: string) => ({ kind: 'user', userId })
const long = 'x'.repeat(5000)

describe('resolveScope', () => {
  it.each<[string, Scope, unknown]>([
    ['a tenant', { tenantId: 'a' }, tenant('a')],
    ['a user', { userId: 'u' }, user('u')],
    ['a tenant before a user', { tenantId: 'a', userId: 'u' }, tenant('a')],
    ['a user where the tenant is null', { tenantId: null, userId: 'u' }, user('u')],
    ['a user where the tenant is empty', { tenantId: '', userId: 'u' }, user('u')],
    ['a tenant where the user is null', { tenantId: 'a', userId: null }, tenant('a')],
    ['nobody: no key', {}, undefined],
    ['nobody: null', { tenantId: null, userId: null }, undefined],
    ['nobody: empty', { tenantId: '', userId: '' }, undefined],
    ['nobody: undefined', { tenantId: undefined, userId: undefined } as unknown as Scope, undefined],
    ['an object without a prototype', Object.assign(Object.create(null), { userId: 'u' }), user('u')],
    ['blanks are a name', { tenantId: ' ' }, tenant(' ')],
    ['nothing is trimmed', { tenantId: ' a\n' }, tenant(' a\n')],
    ['case stays', { tenantId: 'Acme' }, tenant('Acme')],
    ['wildcards are ordinary', { tenantId: '%_*' }, tenant('%_*')],
    ['any length', { tenantId: long }, tenant(long)],
    ['a name that no owner can have: NUL', { tenantId: 'a\0' }, undefined],
    ['a name that no owner can have: half a pair', { tenantId: '\ud83d' }, undefined],
    ['a bad tenant does not fall back to the user', { tenantId: 'a\0', userId: 'u' }, undefined],
    ['a bad user', { userId: '\udc00' }, undefined],
    ['a bad user beside a tenant does not matter', { tenantId: 'a', userId: '\0' }, tenant('a')],
    ['a whole pair is fine', { userId: '😀' }, user('😀')],
  ])('%s', (_, scope, expected) => {
    expect(resolveScope(scope)).toEqual(expected)
  })

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'acme'],
    ['an array', ['acme']],
    [
      'a class instance',
      new (class Session {
        tenantId = 'a'
      })(),
    ],
    ['an object that inherits its tenant', Object.create({ tenantId: 'a' })],
    ['a Map', new Map([['tenantId', 'a']])],
    ['a function', () => ({ tenantId: 'a' })],
    ['the snake_case name', { tenant_id: 'a' }],
    ['an unknown key beside a good one', { tenantId: 'a', admin: true }],
    ['another case', { tenantid: 'a' }],
    ['a key __proto__', JSON.parse('{"__proto__":{"tenantId":"a"}}')],
    ['a number', { tenantId: 1 }],
    ['zero', { tenantId: 0 }],
    ['false', { userId: false }],
    ['a list', { tenantId: ['a'] }],
    ['an operator', { tenantId: { $ne: null } }],
    ['a String object', { tenantId: new String('a') }],
    ['a symbol', { userId: Symbol('u') }],
    ['a bigint', { userId: 1n }],
    ['a wrong user beside a good tenant', { tenantId: 'a', userId: 5 }],
  ])('refuses %s', (_, scope) => {
    expect(() => resolveScope(scope as Scope)).toThrow(TypeError)
  })

  it('names the unknown key', () => {
    expect(() => resolveScope({ tenant_id: 'a' } as Scope)).toThrow(/"tenant_id"/)
  })

  it('reads each value once', () => {
    const answers = ['a', 'b']
    const scope = {
      get tenantId() {
        return answers.shift()
      },
    }
    expect(resolveScope(scope as Scope)).toEqual(tenant('a'))
    expect(answers).toEqual(['b'])
  })

  it('sees nobody in an empty scope, even where every object inherits a tenant', () => {
    const scope: Scope = {}
    let inherited: unknown
    let resolved: unknown = 'not asked'
    Object.defineProperty(Object.prototype, 'tenantId', {
      value: 'a',
      configurable: true,
      enumerable: true,
      writable: true,
    })
    try {
      inherited = scope.tenantId
      resolved = resolveScope(scope)
    } finally {
      Reflect.deleteProperty(Object.prototype, 'tenantId')
    }
    expect(inherited).toBe('a')
    expect(resolved).toBeUndefined()
  })
})

describe(`isInScope, seed ${seed}`, () => {
  const id = fc.option(fc.oneof(trickyText, anyText, fc.constant('')))

  it('sees a record exactly when the tenant, else the user, is the very same text', () => {
    let seen = 0
    fc.assert(
      fc.property(id, id, id, id, fc.boolean(), (tenantId, userId, askTenant, askUser, same) => {
        const owner = ownerOf({ tenantId, userId })
        const scope = resolveScope({ tenantId: same ? tenantId : askTenant, userId: same ? userId : askUser })
        if (owner === undefined || scope === undefined) return
        const expected =
          scope.kind === 'tenant' ? tenantId === scope.tenantId : (userId || null) === scope.userId
        if (expected) seen += 1
        expect(isInScope(owner, scope)).toBe(expected)
      }),
      { numRuns: 1000 },
    )
    expect(seen).toBeGreaterThan(100)
  })

  it.each<[string, Owner, Scope, boolean]>([
    ['own tenant', { tenantId: 'a', userId: null }, { tenantId: 'a' }, true],
    ['own tenant, any user', { tenantId: 'a', userId: 'u' }, { tenantId: 'a', userId: 'v' }, true],
    ['1 is not 10', { tenantId: '10', userId: null }, { tenantId: '1' }, false],
    ['10 is not 1', { tenantId: '1', userId: null }, { tenantId: '10' }, false],
    ['a tenant is not a user of its name', { tenantId: null, userId: 'a' }, { tenantId: 'a' }, false],
    ['a user is not a tenant of its name', { tenantId: 'a', userId: null }, { userId: 'a' }, false],
    ['a user inside a tenant', { tenantId: 'a', userId: 'u' }, { userId: 'u' }, true],
    ['another user inside a tenant', { tenantId: 'a', userId: 'v' }, { userId: 'u' }, false],
    ['NFC is not NFD', { tenantId: 'é', userId: null }, { tenantId: 'e\u0301' }, false],
    ['case', { tenantId: 'A', userId: null }, { tenantId: 'a' }, false],
    ['wildcard', { tenantId: 'a', userId: null }, { tenantId: '%' }, false],
  ])('%s', (_, owner, scope, expected) => {
    const resolved = resolveScope(scope)
    expect(resolved && isInScope(owner, resolved)).toBe(expected)
  })
})
