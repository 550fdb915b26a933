import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ExportedRecord,
  formatEpisode,
  formatNode,
  type ImportedBatch,
  type InsertResult,
  parseEpisodicMemory,
  parseMemoryNode,
  type RecordKind,
} from '../src/index.js'
import { codeOf } from './support/catching.js'
import { all } from './support/every-call.js'
import { FakeBackend } from './support/fake-backend.js'
import './support/seed.js'

function record(kind: RecordKind, id: string, extra: Partial<ExportedRecord> = {}): ExportedRecord {
  const owner = { tenantId: 't', userId: 'u' }
  const text =
    kind === 'nodes'
      ? formatNode(parseMemoryNode({ id, humanContent: 'q', assistantContent: 'a', ...owner }))
      : formatEpisode(parseEpisodicMemory({ id, messages: [], ...owner }))
  return { id, owner, text, embedding: undefined, clusterId: null, ...extra }
}

function batch(kind: RecordKind, ...ids: readonly string[]): ImportedBatch {
  return { kind, records: ids.map((id) => record(kind, id)) }
}

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => batch('nodes', `n${from + index}`))

/** Ids that were stored together, one list for each call of the driver. */
function stored({ calls }: FakeBackend): readonly string[] {
  return calls
    .filter(({ method }) => method.startsWith('import'))
    .map(({ method, args: [records] }) => {
      const ids = (records as readonly { record: { id: string } }[]).map(({ record: { id } }) => id)
      return `${method === 'importNodes' ? 'nodes' : 'episodes'} ${ids.join(' ')}`
    })
}

/** Batches that tell how far they were read and whether their reader has let go of them. */
function watched(batches: readonly ImportedBatch[]) {
  const state = { read: 0, ended: false }
  async function* read() {
    try {
      for (const each of batches) {
        state.read += 1
        yield each
      }
    } finally {
      state.ended = true
    }
  }
  return { state, batches: read() }
}

describe('importAll', () => {
  it('stores the first batch alone and then up to 16 together, in order', async () => {
    const backend = new FakeBackend()
    const results = await all(backend.admin.importAll(numbered(0, 20)))
    const ids = Array.from({ length: 20 }, (_, index) => `n${index}`)
    expect(stored(backend)).toEqual([
      'nodes n0',
      `nodes ${ids.slice(1, 17).join(' ')}`,
      `nodes ${ids.slice(17).join(' ')}`,
    ])
    expect(results).toHaveLength(3)
    expect(backend.calls.map(({ args }) => args[1])).toEqual(['error', 'error', 'error'])
  })

  it('stores about 16 MB of texts and vectors together at most', async () => {
    const backend = new FakeBackend({ dimensions: 16_000 })
    const embedding = new Float32Array(16_000).fill(1)
    const batches = Array.from({ length: 8 }, (_, index) => ({
      kind: 'nodes' as const,
      records: Array.from({ length: 80 }, (_, at) => record('nodes', `n${index}-${at}`, { embedding })),
    }))
    await all(backend.admin.importAll(batches))
    const sizes = backend.calls.map(({ args }) => (args[0] as readonly unknown[]).length)
    expect(sizes).toEqual([80, 240, 240, 80])
  })

  it('stores neither two kinds together nor a record that is there already', async () => {
    const backend = new FakeBackend()
    const batches = [
      batch('nodes', 'a'),
      batch('nodes', 'b'),
      batch('nodes', 'c', 'b'),
      batch('nodes', 'd'),
      batch('episodes'),
      batch('episodes', 'b'),
      batch('episodes', 'e'),
    ]
    await all(backend.admin.importAll(batches))
    expect(stored(backend)).toEqual(['nodes a', 'nodes b', 'nodes c b d', 'episodes b e'])
  })

  it('keeps every record, their order and whole batches, however they come', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            kind: fc.constantFrom<RecordKind>('nodes', 'episodes'),
            ids: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 4 }),
          }),
          { maxLength: 40 },
        ),
        async (given) => {
          const backend = new FakeBackend()
          await all(backend.admin.importAll(given.map(({ kind, ids }) => batch(kind, ...ids))))
          const each = given.flatMap(({ kind, ids }) => ids.map((id) => `${kind} ${id}`))
          const groups = stored(backend).map((group) => group.split(' '))
          expect(groups.flatMap(([kind = '', ...ids]) => ids.map((id) => `${kind} ${id}`))).toEqual(each)
          for (const [, ...ids] of groups) expect(new Set(ids).size).toBe(ids.length)
          // Each batch begins and ends within one group.
          const ends = new Set(groups.map((_, at) => groups.slice(0, at + 1).flat().length - (at + 1)))
          let at = 0
          for (const { ids } of given) {
            for (let within = at + 1; within < at + ids.length; within++) expect(ends.has(within)).toBe(false)
            at += ids.length
          }
        },
      ),
    ))

  it('reads and checks the next batches while some are stored', async () => {
    const backend = new FakeBackend()
    let open = () => {}
    backend.gate = new Promise((resolve) => {
      open = resolve
    })
    const source = watched(numbered(0, 3))
    const importing = all(backend.admin.importAll(source.batches))
    await expect.poll(() => source.state).toEqual({ read: 3, ended: true })
    expect(stored(backend)).toEqual(['nodes n0'])
    open()
    await importing
    expect(stored(backend)).toEqual(['nodes n0', 'nodes n1 n2'])
  })

  it('stores the first batch before the source has given another, and 16 before it gives one more', async () => {
    const backend = new FakeBackend()
    let answer = () => {}
    async function* source() {
      for (const [index, each] of numbered(0, 18).entries()) {
        if (index === 1 || index === 17) await new Promise<void>((resolve) => (answer = resolve))
        yield each
      }
    }
    const importing = backend.admin.importAll(source())
    for (const _ of ['first', 'second']) {
      expect((await importing.next()).value).toEqual({ inserted: 7, replaced: 0, ignored: 0 })
      answer()
    }
    expect(stored(backend).map((group) => group.split(' ').length - 1)).toEqual([1, 16])
    await all(importing)
    expect(stored(backend).at(-1)).toBe('nodes n17')
  })

  it('leaves the event loop to others while it checks many records', async () => {
    const backend = new FakeBackend()
    let turns = 0
    const count = () => {
      turns += 1
      timer = setImmediate(count)
    }
    let timer = setImmediate(count)
    const records = Array.from({ length: 5000 }, (_, index) => record('nodes', `n${index}`))
    await all(backend.admin.importAll([{ kind: 'nodes', records }]))
    clearImmediate(timer)
    expect(turns).toBeGreaterThan(5)
  })
})

describe('an import that fails', () => {
  const bad: ImportedBatch = {
    kind: 'nodes',
    records: [record('nodes', 'x'), record('nodes', 'y', { owner: undefined })],
  }

  async function run(batches: AsyncIterable<ImportedBatch> | Iterable<ImportedBatch>, backend: FakeBackend) {
    const results: InsertResult[] = []
    const code = await codeOf(async () => {
      for await (const result of backend.admin.importAll(batches)) results.push(result)
    })
    return { code, results: results.length }
  }

  it('has stored what came before a batch that is refused, and nothing of that', async () => {
    const backend = new FakeBackend()
    const source = watched([...numbered(0, 3), bad, ...numbered(3, 2)])
    expect(await run(source.batches, backend)).toEqual({ code: 'SCOPE_MISMATCH', results: 2 })
    expect(stored(backend)).toEqual(['nodes n0', 'nodes n1 n2'])
    expect(source.state).toEqual({ read: 4, ended: true })
  })

  it('has stored what came before the source failed', async () => {
    async function* source() {
      yield* numbered(0, 2)
      throw new RangeError('the disk is gone')
    }
    const backend = new FakeBackend()
    expect(await run(source(), backend)).toEqual({ code: 'RangeError', results: 2 })
    expect(stored(backend)).toEqual(['nodes n0', 'nodes n1'])
  })

  it.each([
    ['no batch', [5]],
    ['no kind', [{ kind: 'both', records: [] }]],
    ['no records', [{ kind: 'nodes', records: 'x' }]],
    ['no list of batches', 5],
  ])('refuses %s', async (_, batches) => {
    const backend = new FakeBackend()
    expect(await run(batches as unknown as ImportedBatch[], backend)).toEqual({
      code: 'TypeError',
      results: 0,
    })
    expect(backend.calls).toEqual([])
  })

  it('lets the first vector decide where nothing has', async () => {
    const backend = new FakeBackend({ dimensions: null })
    const vectors = [2, 2, 3].map((length, index) => ({
      kind: 'nodes' as const,
      records: [record('nodes', `n${index}`, { embedding: new Float32Array(length).fill(1) })],
    }))
    expect(await run(vectors, backend)).toEqual({ code: 'DIMENSION_MISMATCH', results: 2 })
    expect(stored(backend)).toEqual(['nodes n0', 'nodes n1'])
  })

  it('stores nothing more once the store has failed, and lets go of the source', async () => {
    const backend = new FakeBackend()
    backend.gate = Promise.reject(new TypeError('the store is gone'))
    backend.gate.catch(() => {})
    const source = watched(numbered(0, 100))
    expect(await run(source.batches, backend)).toEqual({ code: 'TypeError', results: 0 })
    expect(stored(backend)).toEqual(['nodes n0'])
    expect(source.state.ended).toBe(true)
    expect(source.state.read).toBeLessThan(20)
  })

  it('ends with the signal, and when the caller stops', async () => {
    const reason = new Error('enough')
    for (const how of ['abort', 'break']) {
      const backend = new FakeBackend()
      const controller = new AbortController()
      const source = watched(numbered(0, 100))
      const importing = async () => {
        for await (const _ of backend.admin.importAll(source.batches, { signal: controller.signal })) {
          if (how === 'break') break
          controller.abort(reason)
        }
      }
      if (how === 'break') await importing()
      else await expect(importing()).rejects.toBe(reason)
      expect(stored(backend)).toEqual(['nodes n0'])
      expect(source.state.ended).toBe(true)
    }
  })

  it.each(['a failing store', 'a signal', 'break', 'throw'])(
    'does not wait for a source that does not answer: %s',
    async (how) => {
      const backend = new FakeBackend()
      const controller = new AbortController()
      const reason = new RangeError('enough')
      if (how === 'a failing store') {
        backend.gate = Promise.reject(reason)
        backend.gate.catch(() => {})
      }
      async function* source() {
        yield* numbered(0, 2)
        await new Promise(() => {})
      }
      const importing = backend.admin.importAll(source(), { signal: controller.signal })
      const run = async () => {
        await importing.next()
        if (how === 'throw') return importing.throw(reason)
        if (how === 'break') return importing.return(undefined)
        setImmediate(() => controller.abort(reason))
        return importing.next()
      }
      if (how === 'break') expect(await run()).toEqual({ done: true, value: undefined })
      else await expect(run()).rejects.toBe(reason)
      expect(stored(backend)).toEqual(['nodes n0'])
    },
  )

  it('says why it ended, also where letting go of the source fails', async () => {
    const reason = new RangeError('the store is gone')
    const backend = new FakeBackend()
    let refuse = () => {}
    backend.gate = new Promise((_, reject) => {
      refuse = () => reject(reason)
    })
    let isAsked = false
    async function* source() {
      try {
        yield* numbered(0, 100)
      } finally {
        isAsked = true
        // biome-ignore lint/correctness/noUnsafeFinally: what is tried here.
        throw new TypeError('the file cannot be closed')
      }
    }
    const importing = all(backend.admin.importAll(source()))
    // Until the next group waits to be taken.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    refuse()
    await expect(importing).rejects.toBe(reason)
    expect(isAsked).toBe(true)
  })

  it('hears a signal while the source gives nothing but empty batches', async () => {
    const backend = new FakeBackend()
    const controller = new AbortController()
    const reason = new Error('enough')
    let read = 0
    function* source() {
      for (; read < 10_000_000; read++) yield batch('nodes')
    }
    setImmediate(() => controller.abort(reason))
    const importing = all(backend.admin.importAll(source(), { signal: controller.signal }))
    await expect(importing).rejects.toBe(reason)
    expect(read).toBeLessThan(1_000_000)
  })

  it('is refused once the store is being closed', async () => {
    const backend = new FakeBackend()
    const code = await codeOf(async () => {
      for await (const _ of backend.admin.importAll(numbered(0, 3))) void backend.close()
    })
    expect(code).toBe('CLOSED')
    expect(stored(backend)).toEqual(['nodes n0'])
  })
})
