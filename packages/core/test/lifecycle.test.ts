import { describe, expect, it } from 'vitest'
import { MemoryBackend, type ScopedMemory } from '../src/index.js'
import { codeOf } from './support/catching.js'
import { adminCalls, all, episode, methodNames, node, ownedCalls, scopedCalls } from './support/every-call.js'
import { FakeBackend } from './support/fake-backend.js'

const scope = { tenantId: 't' }
const everyCall = { ...scopedCalls, ...ownedCalls }

/** Methods of the abstract class that are no operations of their own. */
const machinery = ['authorize', 'checkQuery', 'close', 'emptyMatrix', 'require', 'run', 'withScope']

/** Opens and closes a gate that operations wait at. */
function gate() {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

describe('every public method', () => {
  it('of MemoryBackend has a row in the tables of these tests', () => {
    const operations = methodNames(MemoryBackend.prototype).filter(
      (name) => !name.startsWith('_') && !machinery.includes(name),
    )
    expect(Object.keys(everyCall).sort()).toEqual(operations)
  })

  it('of admin has a row in the tables of these tests', () => {
    const prototype = Object.getPrototypeOf(new FakeBackend().admin)
    expect(Object.keys(adminCalls).sort()).toEqual(methodNames(prototype))
  })

  describe.each(Object.entries({ ...everyCall, ...adminCalls }))('%s', (name, call) => {
    it('reaches the backend while it is open', async () => {
      const backend = new FakeBackend()
      expect(await codeOf(() => call(backend, scope))).toBe('nothing')
      if (name !== 'importBatch') expect(backend.calls.length).toBeGreaterThan(0)
    })

    it('rejects with CLOSED after close, and reaches nothing', async () => {
      const backend = new FakeBackend()
      await backend.close()
      backend.calls.length = 0
      expect(await codeOf(() => call(backend, scope))).toBe('CLOSED')
      expect(backend.calls).toEqual([])
    })

    it('rejects with CLOSED from the moment close is called', async () => {
      const backend = new FakeBackend()
      const closing = backend.close()
      expect(await codeOf(() => call(backend, scope))).toBe('CLOSED')
      await closing
    })

    if (name !== 'setEmbeddingModel') {
      it("rejects with an aborted signal's reason, and reaches nothing", async () => {
        const backend = new FakeBackend()
        const reason = new Error('enough')
        await expect(call(backend, scope, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
        expect(backend.calls).toEqual([])
      })

      it('hands a live signal on', async () => {
        const backend = new FakeBackend()
        const { signal } = new AbortController()
        await call(backend, scope, { signal })
        if (name !== 'importBatch') expect(backend.calls[0]?.args.at(-1)).toEqual({ signal })
      })
    }
  })

  it.each(Object.keys(everyCall))('%s of a handle rejects with CLOSED after close', async (name) => {
    const backend = new FakeBackend()
    const memory = backend.withScope(scope)
    await backend.close()
    const call = everyCall[name]
    if (call === undefined) throw new Error(`no call ${name}`)
    expect(await codeOf(() => call(asBackend(memory), scope))).toBe('CLOSED')
  })
})

/** A handle in the place of a backend: the scope argument is dropped wherever it stands. */
function asBackend(memory: ScopedMemory): MemoryBackend {
  return new Proxy(memory, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') throw new Error(`a handle has no ${String(name)}`)
      return (...args: unknown[]) =>
        method.apply(
          target,
          args.filter((argument) => argument !== scope),
        )
    },
  }) as unknown as MemoryBackend
}

describe('close', () => {
  it('waits for an operation in flight, which still succeeds', async () => {
    const backend = new FakeBackend()
    const { passed, open } = gate()
    backend.gate = passed
    const order: string[] = []
    const write = backend.insertNodes([node]).then((result) => order.push(`written ${result.inserted}`))
    const closing = backend.close().then(() => order.push('closed'))
    expect(await codeOf(() => backend.getNode(scope, 'n'))).toBe('CLOSED')
    expect(backend.calls.map(({ method }) => method)).toEqual(['_insertNodes'])
    open()
    await Promise.all([write, closing])
    expect(order).toEqual(['written 7', 'closed'])
    expect(backend.calls.map(({ method }) => method)).toEqual(['_insertNodes', '_close'])
  })

  it('waits for an operation that fails', async () => {
    const backend = new FakeBackend()
    const { passed, open } = gate()
    const failure = new Error('disk')
    backend.gate = passed.then(() => Promise.reject(failure))
    const write = expect(backend.insertEpisodes([episode])).rejects.toBe(failure)
    const closing = codeOf(() => backend.close())
    open()
    await write
    backend.gate = Promise.resolve()
    await closing
    expect(backend.calls.map(({ method }) => method)).toEqual(['_insertEpisodes', '_close'])
  })

  it('can be called again, at once or later, and closes once', async () => {
    const backend = new FakeBackend()
    await Promise.all([backend.close(), backend.close()])
    await backend.close()
    await backend[Symbol.asyncDispose]()
    expect(backend.calls.map(({ method }) => method)).toEqual(['_close'])
  })

  it('is what await using does', async () => {
    let kept: FakeBackend | undefined
    {
      await using backend = new FakeBackend()
      kept = backend
    }
    expect(kept.calls.map(({ method }) => method)).toEqual(['_close'])
  })

  it('ends a scan that is between two batches', async () => {
    const batch = (position: number) => ({ records: [], position })
    const backend = new FakeBackend({ nodeBatches: [batch(1), batch(2)] })
    const scan = backend.scanNodes(scope)[Symbol.asyncIterator]()
    expect((await scan.next()).value).toMatchObject({ cursor: 'MTox' })
    await backend.close()
    expect(await codeOf(() => scan.next())).toBe('CLOSED')
  })
})

it('a scan goes on after each position and ends when there is no more', async () => {
  const batch = (position: number) => ({ records: [], position })
  const backend = new FakeBackend({ nodeBatches: [batch(3), batch(8)] })
  expect(await all(backend.scanNodes(scope, { batchSize: 5 }))).toEqual([
    { nodes: [], cursor: 'MToz' },
    { nodes: [], cursor: 'MTo4' },
  ])
  expect(backend.calls.map(({ args }) => args[1])).toEqual(
    [0, 3, 8].map((after) => ({ batchSize: 5, after, withEmbeddings: false, filter: undefined })),
  )
})
