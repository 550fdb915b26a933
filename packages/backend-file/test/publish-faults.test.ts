import { join } from 'node:path'
import { MemoryError, type MemoryNodeInput } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { environmentOn, type FatePlan, FaultyFileSystem } from './support/faulty-file-system.js'
import { rawEpisode, rawNode, writeSmallStore } from './support/small-store.js'
import { temporaryDirectory } from './support/temporary-directory.js'

const at = '2025-02-03T04:05:06'
const content = { userId: 'ann', humanContent: 'q', assistantContent: 'a', createdAt: at }

/** The writes of one run. Together they touch every file. */
const writes: readonly ((backend: FileBackend) => Promise<unknown>)[] = [
  (backend) =>
    backend.insertNodes([
      { ...content, id: 'n1', clusterId: 4, embedding: [1, 2, 3] },
      { ...content, id: 'n2', userId: 'bob' },
    ]),
  (backend) => backend.admin.setEmbeddingModel({ provider: 'p', model: 'm', dimensions: 3 }),
  (backend) =>
    backend.insertEpisodes([
      {
        id: 'e1',
        userId: 'ann',
        messages: [{ role: 'human', content: 'hi' }],
        createdAt: at,
        embedding: [3, 2, 1],
      },
    ]),
  (backend) => {
    // Takes the old episode's node id for somebody else: the episode is written again with its owner.
    const nodes: MemoryNodeInput[] = [
      { ...content, id: 'n1', humanContent: 'changed', embedding: [0, 0, 9] },
      { ...content, id: 'a', userId: 'bob' },
    ]
    return backend.insertNodes(nodes, { onConflict: 'replace' })
  },
]

interface Run {
  /** How many of the writes resolved. */
  readonly acknowledged: number
  readonly errors: readonly unknown[]
  /** What the backend itself showed after each write, `undefined` where it could not. */
  readonly seen: readonly (string | undefined)[]
  readonly calls: readonly string[]
}

/** Makes the old store, lets the writes run on a disk with faults, and ends the process without closing. */
async function run(dataDir: string, files: FaultyFileSystem, close: boolean): Promise<Run> {
  const errors: unknown[] = []
  const seen: (string | undefined)[] = []
  let acknowledged = 0
  try {
    const backend = await FileBackend.openIn(environmentOn(files), { dataDir })
    for (const write of writes) {
      try {
        await write(backend)
        acknowledged += 1
        seen.push(await stateOf(backend))
      } catch (error) {
        errors.push(error)
        seen.push(await stateOf(backend).catch(() => undefined))
        break
      }
    }
    if (close) await backend.close()
  } catch (error) {
    errors.push(error)
  }
  const calls = [...files.calls]
  await files.abandon()
  return { acknowledged, errors, seen, calls }
}

async function stateOf(backend: FileBackend): Promise<string> {
  const { sha256 } = await backend.admin.fingerprint()
  return JSON.stringify([
    sha256,
    await backend.countEpisodes({ userId: 'ann' }),
    backend.embeddingModel ?? null,
  ])
}

/** What a reader finds; `undefined` when no store has come into being. */
async function readState(dataDir: string): Promise<string | undefined> {
  const environment = environmentOn(new FaultyFileSystem())
  try {
    await using reader = await FileBackend.openIn(environment, { dataDir, readOnly: true })
    return await stateOf(reader)
  } catch (error) {
    if (error instanceof MemoryError && error.message.startsWith('there is no ')) return undefined
    throw error
  }
}

/** What the next process finds: a reader, before and after a writer that puts things in order. */
async function reopen(dataDir: string): Promise<string> {
  const before = await readState(dataDir)
  const files = new FaultyFileSystem()
  const writer = await FileBackend.openIn(environmentOn(files), { dataDir })
  const state = await stateOf(writer)
  await writer.close()
  expect(files.openFiles).toEqual([])
  expect(before ?? state).toBe(state)
  expect((await readState(dataDir)) ?? state).toBe(state)
  return state
}

interface Store {
  readonly name: string
  readonly make: (root: string) => Promise<void>
}

const stores: readonly Store[] = [
  {
    name: 'an old store',
    make: (root) =>
      writeSmallStore(root, {
        nodes: ['a', 'b', 'c'].map((id) => rawNode(id, { user_id: 'ann' })),
        clusters: { '4': [0, 2], '-1': [1] },
        episodes: [rawEpisode('old', ['a', 'b'])],
      }),
  },
  { name: 'an empty directory', make: async () => {} },
]

describe.each(stores)('writes to $name', { timeout: 180_000 }, ({ make }) => {
  /** The state after each number of writes, and the calls of a run without faults. */
  async function control(parent: string): Promise<{ states: readonly string[]; calls: readonly string[] }> {
    const untouched = join(parent, 'untouched')
    await make(untouched)
    const backend = await FileBackend.open({ dataDir: untouched })
    const first = await stateOf(backend)
    await backend.close()
    const dataDir = join(parent, 'control')
    await make(dataDir)
    const { errors, seen, calls } = await run(dataDir, new FaultyFileSystem(), true)
    expect(errors).toEqual([])
    const states = [first, ...seen.map(String)]
    expect(new Set(states).size).toBe(writes.length + 1)
    expect(await reopen(dataDir)).toBe(states.at(-1))
    return { states, calls }
  }

  it('are whole or undone when the process ends at any call', async () => {
    const parent = await temporaryDirectory()
    const { states, calls } = await control(parent)
    let kept = 0
    await inParallel(calls, async (call, k) => {
      const dataDir = join(parent, `${k}`)
      await make(dataDir)
      const ended: FatePlan = (index) => (index < k ? 'run' : 'fail')
      const { acknowledged } = await run(dataDir, new FaultyFileSystem(ended), false)
      const found = states.indexOf(await reopen(dataDir))
      expect(found, `after call ${k}: ${call}`).toBeGreaterThanOrEqual(acknowledged)
      expect(found, `after call ${k}: ${call}`).toBeLessThanOrEqual(acknowledged + 1)
      if (found > acknowledged) kept += 1
    })
    // The moment between commit and acknowledgement was among them.
    expect(kept).toBeGreaterThan(3)
  })

  it.each(['fail', 'fail late'] as const)('are undone and reported when any call does %s', async (fate) => {
    const parent = await temporaryDirectory()
    const { states, calls } = await control(parent)
    const codes = new Set<string>()
    await inParallel(calls, async (call, k) => {
      const dataDir = join(parent, `${k}`)
      await make(dataDir)
      const code = ['EIO', 'ENOSPC', 'EACCES'][k % 3] ?? 'EIO'
      const files = new FaultyFileSystem((index) => (index === k ? fate : 'run'), code)
      const { acknowledged, errors, seen } = await run(dataDir, files, true)
      const where = `${fate} at call ${k}: ${call}`
      for (const error of errors) {
        expect(error, where).toBeInstanceOf(MemoryError)
        const got = error instanceof MemoryError ? error.code : ''
        // After a failed sync the refusal of later writes is no longer about that error.
        const expected = call.startsWith('sync')
          ? ['NO_SPACE', 'CONNECTION']
          : [code === 'ENOSPC' ? 'NO_SPACE' : 'CONNECTION']
        expect(expected, where).toContain(got)
        codes.add(got)
      }
      // What was rejected is not to be seen, in this process or the next one.
      for (const [index, state] of seen.entries()) {
        if (state !== undefined) expect(states.indexOf(state), where).toBe(Math.min(index + 1, acknowledged))
      }
      expect(states.indexOf(await reopen(dataDir)), where).toBe(acknowledged)
    })
    expect(codes).toEqual(new Set(['NO_SPACE', 'CONNECTION']))
  })

  it('leave the store usable after a failure, unless a sync failed', async () => {
    const parent = await temporaryDirectory()
    const { calls } = await control(parent)
    let usable = 0
    let refusing = 0
    await inParallel(calls, async (_, k) => {
      const dataDir = join(parent, `${k}`)
      await make(dataDir)
      const files = new FaultyFileSystem((index) => (index === k ? 'fail' : 'run'))
      const backend = await FileBackend.openIn(environmentOn(files), { dataDir }).catch(() => undefined)
      if (backend === undefined) return
      const insert = (id: string) =>
        backend.insertNode({ ...content, id, embedding: [1, 1, 1] }).then(
          () => 'ok',
          (error: unknown) => (error instanceof MemoryError ? error.code : error),
        )
      const first = await insert('first')
      const failed = files.calls[k]
      if (failed !== undefined) {
        const second = await insert('second')
        if (first !== 'ok') {
          if (failed.startsWith('sync')) refusing += 1
          else usable += 1
          expect(second, `call ${k}: ${failed}`).toBe(failed.startsWith('sync') ? 'CONNECTION' : 'ok')
        }
        const ids = (await backend.getNodes({ userId: 'ann' })).map(({ id }) => id)
        expect(ids.includes('first'), `call ${k}: ${failed}`).toBe(first === 'ok')
        expect(ids.includes('second'), `call ${k}: ${failed}`).toBe(second === 'ok')
      }
      await backend.close().catch(() => {})
      await files.abandon()
    })
    expect(usable).toBeGreaterThan(10)
    expect(refusing).toBeGreaterThan(3)
  })
})

/** Runs a check for every item, a few at a time: most of the time is spent waiting for the disk. */
async function inParallel<T>(
  items: readonly T[],
  check: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const entries = items.entries()
  const worker = async () => {
    for (const [index, item] of entries) await check(item, index)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}
