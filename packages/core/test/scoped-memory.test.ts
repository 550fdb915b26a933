import { describe, expect, it } from 'vitest'
import { MemoryBackend, type MemoryNodeInput, type Scope, ScopedMemory } from '../src/index.js'
import { codeOf } from './support/catching.js'
import { all, methodNames, ownedCalls, scopedCalls } from './support/every-call.js'
import { FakeBackend } from './support/fake-backend.js'

type Untyped = Record<string, (...args: unknown[]) => unknown>

const tenant = { tenantId: 't', userId: 'u' }
const user = { userId: 'u' }

describe('a handle', () => {
  it('has every scoped operation and nothing else', () => {
    expect(methodNames(ScopedMemory.prototype)).toEqual(
      [...Object.keys({ ...scopedCalls, ...ownedCalls })].sort(),
    )
    expect(Object.keys(new FakeBackend().withScope(tenant))).toEqual(['scope'])
  })

  it('gives no way to the backend', () => {
    const backend = new FakeBackend()
    const memory = backend.withScope(tenant)
    const reachable: unknown[] = [...Object.values(memory), ...Object.getOwnPropertySymbols(memory)]
    expect(reachable).not.toContain(backend)
    expect('admin' in memory).toBe(false)
  })

  /** Where the scope stands among the arguments of the backend's method. */
  const second = ['vectorSearch', 'keywordSearch', 'explainSearch', 'searchEpisodes']
  it.each(Object.keys(scopedCalls))('%s passes its arguments and the answer through', async (name) => {
    const seen: unknown[][] = []
    const answer = Symbol('answer')
    const spy = Object.assign(Object.create(MemoryBackend.prototype), {
      [name]: (...args: unknown[]) => {
        seen.push(args)
        return answer
      },
    })
    const memory = new ScopedMemory(spy, tenant) as unknown as Untyped
    const [a, b] = [{}, {}]
    expect(memory[name]?.(a, b)).toBe(answer)
    const [args = []] = seen
    const scopeAt = second.includes(name) ? 1 : 0
    expect(args[scopeAt]).toEqual({ tenantId: 't', userId: 'u' })
    expect(args.filter((_, index) => index !== scopeAt)).toStrictEqual([a, b])
    expect(args[scopeAt === 0 ? 1 : 0]).toBe(a)
    expect(args[2]).toBe(b)
  })

  it.each(Object.entries(ownedCalls))('%s passes its options through', async (name, call) => {
    const backend = new FakeBackend()
    const { signal } = new AbortController()
    await call(backend.withScope({ tenantId: 't' }) as unknown as MemoryBackend, {}, { signal })
    expect(backend.calls[0]?.args.at(-1)).toEqual({ signal })
    const refused = name === 'insertNode' ? 'TypeError' : 'nothing'
    const replacing = { onConflict: 'replace' }
    const memory = backend.withScope({ tenantId: 't' }) as unknown as MemoryBackend
    expect(await codeOf(() => call(memory, {}, replacing))).toBe(refused)
    if (name !== 'insertNode') expect(backend.calls[1]?.args[1]).toBe('replace')
  })

  it('keeps the scope it was made with', async () => {
    const backend = new FakeBackend()
    const scope: { tenantId: string } = { tenantId: 't' }
    const memory = backend.withScope(scope)
    scope.tenantId = 'other'
    await memory.getNode('n')
    expect(backend.calls[0]?.args[0]).toEqual({ kind: 'tenant', tenantId: 't' })
    expect(Object.isFrozen(memory.scope)).toBe(true)
    expect(() => Object.assign(memory.scope, { tenantId: 'other' })).toThrow(TypeError)
    expect(memory.scope).toEqual({ tenantId: 't', userId: null })
  })

  it('reads its scope once', () => {
    const answers = ['t', 'other']
    const scope = {
      get tenantId() {
        return answers.shift() ?? null
      },
    }
    expect(new FakeBackend().withScope(scope).scope.tenantId).toBe('t')
  })

  it.each([undefined, null, 't', [], { tenant_id: 't' }, { tenantId: 5 }, { tenantId: 't', admin: 1 }])(
    'is not made of %j',
    (scope) => {
      expect(() => new FakeBackend().withScope(scope as Scope)).toThrow(TypeError)
    },
  )

  it('of nobody sees nothing and writes nothing', async () => {
    const backend = new FakeBackend()
    for (const scope of [{}, { tenantId: '' }, { tenantId: null, userId: '' }]) {
      const memory = backend.withScope(scope)
      expect(await memory.getNodes()).toEqual([])
      expect(await all(memory.scanNodes())).toEqual([])
      expect(await codeOf(() => memory.insertNode({ humanContent: 'q', assistantContent: 'a' }))).toBe(
        'SCOPE_REQUIRED',
      )
      const foreign = { humanContent: 'q', assistantContent: 'a', tenantId: 't' }
      expect(await codeOf(() => memory.insertNodes([foreign]))).toBe('SCOPE_REQUIRED')
    }
    expect(backend.calls).toEqual([])
  })
})

describe('the owner of what is inserted through a handle', () => {
  const cases: [string, Scope, object, [string | null, string | null] | string][] = [
    ['nobody in a tenant', { tenantId: 't' }, {}, ['t', null]],
    ['nobody in a tenant with a user', tenant, {}, ['t', 'u']],
    ['null and empty texts', tenant, { tenantId: null, userId: '' }, ['t', 'u']],
    ['the tenant itself', tenant, { tenantId: 't' }, ['t', 'u']],
    ['the tenant itself, snake_case', tenant, { tenant_id: 't' }, ['t', 'u']],
    ['another user of the tenant', tenant, { userId: 'v' }, ['t', 'v']],
    ['another user of the tenant, snake_case', tenant, { tenant_id: 't', user_id: 'v' }, ['t', 'v']],
    ['another tenant', tenant, { tenantId: 'other' }, 'SCOPE_MISMATCH'],
    ['another tenant, snake_case', tenant, { tenant_id: 'other' }, 'SCOPE_MISMATCH'],
    ['another tenant, own user', tenant, { tenantId: 'other', userId: 'u' }, 'SCOPE_MISMATCH'],
    ['the tenant in another case', tenant, { tenantId: 'T' }, 'SCOPE_MISMATCH'],
    ['the tenant with a blank', tenant, { tenantId: 't ' }, 'SCOPE_MISMATCH'],
    ['nobody for a user', user, {}, [null, 'u']],
    ['the user itself', user, { userId: 'u' }, [null, 'u']],
    ['the user itself, snake_case', user, { user_id: 'u', tenant_id: null }, [null, 'u']],
    ['another user', user, { userId: 'v' }, 'SCOPE_MISMATCH'],
    ['another user, snake_case', user, { user_id: 'v' }, 'SCOPE_MISMATCH'],
    ['the user inside a tenant', user, { tenantId: 't', userId: 'u' }, 'SCOPE_MISMATCH'],
    ['the user inside a tenant, snake_case', user, { tenant_id: 't' }, 'SCOPE_MISMATCH'],
    ['both names, the same', tenant, { tenantId: 't', tenant_id: 't' }, 'INVALID_NODE'],
    ['both names, the second another', tenant, { tenantId: 't', tenant_id: 'other' }, 'INVALID_NODE'],
    ['both names, the first empty', tenant, { tenantId: '', tenant_id: 'other' }, 'INVALID_NODE'],
    ['both names, the first null', tenant, { tenantId: null, tenant_id: 'other' }, 'INVALID_NODE'],
    ['both names of the user', tenant, { userId: 'u', user_id: 'v' }, 'INVALID_NODE'],
    ['undefined beside the other name', tenant, { tenantId: undefined, tenant_id: 't' }, ['t', 'u']],
    ['zero', tenant, { tenantId: 0 }, 'INVALID_NODE'],
    ['false', tenant, { tenant_id: false }, 'INVALID_NODE'],
    ['a list', tenant, { tenantId: ['t'] }, 'INVALID_NODE'],
    ['a number for the user', user, { userId: 5 }, 'INVALID_NODE'],
    ['another tenant hidden among unknown keys', tenant, { extra: { tenant_id: 'other' } }, 'INVALID_NODE'],
    ['another tenant hidden in camelCase', tenant, { extra: { tenantId: 'other' } }, 'INVALID_NODE'],
    [
      'another tenant in a key __proto__',
      tenant,
      JSON.parse('{"__proto__":{"tenantId":"other"}}'),
      ['t', 'u'],
    ],
  ]

  describe.each(['insertNode', 'insertNodes', 'insertEpisodes'] as const)('%s', (name) => {
    it.each(cases)('%s', async (_, scope, fields, expected) => {
      const backend = new FakeBackend()
      const memory = backend.withScope(scope)
      const node = { id: 'x', humanContent: 'q', assistantContent: 'a' }
      const given: Record<string, unknown> = name === 'insertEpisodes' ? { id: 'x', messages: [] } : node
      const record = Object.fromEntries([...Object.entries(given), ...Object.entries(fields)])
      const before = JSON.stringify(record)
      const code = await codeOf(() =>
        (memory as unknown as Untyped)[name]?.(
          name === 'insertNode' ? record : [{ ...given, id: 'y' }, record],
        ),
      )
      expect(JSON.stringify(record)).toBe(before)
      if (typeof expected === 'string') {
        expect(code).toBe(expected)
        expect(backend.calls).toEqual([])
      } else {
        expect(code).toBe('nothing')
        const [records] = (backend.calls[0]?.args ?? []) as unknown as [
          { owner: object; record: object; text: string }[],
        ]
        const [tenantId, userId] = expected
        expect(records.at(-1)).toMatchObject({
          owner: { tenantId, userId },
          record: { id: 'x', tenantId, userId },
        })
        const text = JSON.parse(records.at(-1)?.text ?? '')
        expect([text.tenant_id, text.user_id]).toEqual(expected)
      }
    })
  })

  it('is asked once', async () => {
    const backend = new FakeBackend()
    const answers = ['t', 'other']
    const node: MemoryNodeInput = {
      humanContent: 'q',
      assistantContent: 'a',
      get tenantId() {
        return answers.shift() ?? null
      },
    }
    await backend.withScope({ tenantId: 't' }).insertNode(node)
    expect(backend.calls[0]?.args[0]).toMatchObject([{ owner: { tenantId: 't' }, record: { tenantId: 't' } }])
    expect(answers).toEqual(['other'])
  })

  it.each([undefined, null, 'x', 5, { 0: {} }])('refuses %j for a list', async (records) => {
    const memory = new FakeBackend().withScope(tenant) as unknown as Untyped
    expect(await codeOf(() => memory.insertNodes?.(records))).toBe('TypeError')
    expect(await codeOf(() => memory.insertEpisodes?.(records))).toBe('TypeError')
  })

  it('refuses what is no record', async () => {
    const memory = new FakeBackend().withScope(tenant) as unknown as Untyped
    for (const record of [undefined, null, 'x', [], new Map()]) {
      expect(await codeOf(() => memory.insertNodes?.([record]))).toBe('INVALID_NODE')
      expect(await codeOf(() => memory.insertNode?.(record))).toBe('INVALID_NODE')
    }
    expect(await codeOf(() => memory.insertNodes?.(new Array(1)))).toBe('INVALID_NODE')
  })
})
