import { cp, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MemoryError, type MemoryNodeInput } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { environmentOn, type FatePlan, FaultyFileSystem } from './support/faulty-file-system.js'
import { rawEpisode, rawNode, writeSmallStore } from './support/small-store.js'
import { temporaryDirectory } from './support/temporary-directory.js'

const at = '2025-02-03T04:05:06'
const content = { userId: 'ann', humanContent: 'q', assistantContent: 'a', createdAt: at }

type Write = (backend: FileBackend) => Promise<unknown>

/** Done one after the other. Together they touch every file. */
const allWrites: readonly Write[] = [
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
  readonly isAcknowledged: boolean
  readonly errors: readonly unknown[]
  /** What the backend itself showed after the write, `undefined` where it could not. */
  readonly seen: string | undefined
  readonly calls: readonly string[]
}

/** Lets one write run on a disk with faults, and ends the process, closing the store before or not. */
async function run(dataDir: string, files: FaultyFileSystem, write: Write, close: boolean): Promise<Run> {
  const errors: unknown[] = []
  let seen: string | undefined
  let isAcknowledged = false
  try {
    const backend = await FileBackend.openIn(environmentOn(files), { dataDir })
    try {
      await write(backend)
      isAcknowledged = true
    } catch (error) {
      errors.push(error)
    }
    seen = await stateOf(backend).catch(() => undefined)
    if (close) await backend.close()
  } catch (error) {
    errors.push(error)
  }
  const calls = [...files.calls]
  await files.abandon()
  return { isAcknowledged, errors, seen, calls }
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

/** What the next process finds: a reader, and then a writer that puts things in order. */
async function reopen(dataDir: string): Promise<string> {
  const before = await readState(dataDir)
  const files = new FaultyFileSystem()
  const writer = await FileBackend.openIn(environmentOn(files), { dataDir })
  const state = await stateOf(writer)
  await writer.close()
  expect(files.openFiles).toEqual([])
  expect(before ?? state).toBe(state)
  const left = await readdir(join(dataDir, '.holdfast'), { recursive: true }).catch(() => [])
  expect(left.filter((name) => !/^(stage|store\.json|copy(\/.*)?)$/.test(name))).toEqual([])
  return state
}

/** One write and what surrounds it. */
interface Step {
  readonly write: Write
  readonly before: string
  readonly after: string
  readonly calls: readonly string[]
  /** Makes a copy of the store as it is before the write. */
  readonly copy: (name: string) => Promise<string>
}

function insertInto(backend: FileBackend, id: string): Promise<void> {
  return backend.insertNode({ ...content, id, embedding: [1, 1, 1] })
}

interface Store {
  readonly name: string
  readonly make: (root: string) => Promise<void>
  readonly writes: readonly Write[]
}

const stores: readonly Store[] = [
  {
    name: 'an old store',
    writes: allWrites,
    make: (root) =>
      writeSmallStore(root, {
        nodes: ['a', 'b', 'c'].map((id) => rawNode(id, { user_id: 'ann' })),
        clusters: { '4': [0, 2], '-1': [1] },
        episodes: [rawEpisode('old', ['a', 'b'])],
      }),
  },
  { name: 'an empty directory', make: async () => {}, writes: allWrites.slice(0, 1) },
]

describe.each(stores)('writes to $name', { timeout: 180_000 }, ({ make, writes }) => {
  /** For each write: the store before it, its state before and after, and the calls of a run without faults. */
  async function* steps(parent: string): AsyncGenerator<Step> {
    let dataDir = join(parent, 'store 0')
    await make(dataDir)
    await mkdir(dataDir, { recursive: true })
    const states: string[] = []
    for (const [index, write] of writes.entries()) {
      const start = dataDir
      dataDir = join(parent, `store ${index + 1}`)
      await cp(start, dataDir, { recursive: true, preserveTimestamps: true })
      const before = await reopen(dataDir)
      const { errors, seen: after = '', calls } = await run(dataDir, new FaultyFileSystem(), write, true)
      expect(errors).toEqual([])
      expect(await reopen(dataDir)).toBe(after)
      states.push(before, after)
      const copy = async (name: string) => {
        const target = join(parent, `${index} ${name}`)
        await cp(start, target, { recursive: true, preserveTimestamps: true })
        return target
      }
      yield { write, before, after, calls, copy }
    }
    expect(new Set(states).size).toBe(writes.length + 1)
  }

  it('are whole or undone when the process ends at any call', async () => {
    let kept = 0
    for await (const { write, before, after, calls, copy } of steps(await temporaryDirectory())) {
      await inParallel(calls, async (call, k) => {
        const dataDir = await copy(`${k}`)
        const ended: FatePlan = (index) => (index < k ? 'run' : 'fail')
        const { isAcknowledged } = await run(dataDir, new FaultyFileSystem(ended), write, false)
        const found = await reopen(dataDir)
        expect(isAcknowledged ? [after] : [before, after], `after call ${k}: ${call}`).toContain(found)
        if (found === after && !isAcknowledged) kept += 1
      })
    }
    // The moment between commit and acknowledgement was among them.
    expect(kept).toBeGreaterThanOrEqual(writes.length)
  })

  it.each(['fail', 'fail late'] as const)('are undone and reported when any call does %s', async (fate) => {
    const codes = new Set<string>()
    for await (const { write, before, after, calls, copy } of steps(await temporaryDirectory())) {
      await inParallel(calls, async (call, k) => {
        const dataDir = await copy(`${k}`)
        const code = ['EIO', 'ENOSPC', 'EACCES'][k % 3] ?? 'EIO'
        const files = new FaultyFileSystem((index) => (index === k ? fate : 'run'), code)
        const { isAcknowledged, errors, seen } = await run(dataDir, files, write, true)
        const where = `${fate} at call ${k}: ${call}`
        for (const error of errors) {
          expect(error, where).toBeInstanceOf(MemoryError)
          const got = error instanceof MemoryError ? error.code : ''
          expect(got, where).toBe(code === 'ENOSPC' ? 'NO_SPACE' : 'CONNECTION')
          codes.add(got)
        }
        // What was rejected is not to be seen, in this process or the next one.
        const expected = isAcknowledged ? after : before
        expect(seen ?? expected, where).toBe(expected)
        expect(await reopen(dataDir), where).toBe(expected)
      })
    }
    expect(codes).toEqual(new Set(['NO_SPACE', 'CONNECTION']))
  })

  it('leave the store usable after a failure, unless a sync failed', async () => {
    const parent = await temporaryDirectory()
    let usable = 0
    let refusing = 0
    const control = new FaultyFileSystem()
    await make(join(parent, 'control'))
    await run(join(parent, 'control'), control, (backend) => insertInto(backend, 'first'), true)
    await inParallel(control.calls, async (_, k) => {
      const dataDir = join(parent, `${k}`)
      await make(dataDir)
      const files = new FaultyFileSystem((index) => (index === k ? 'fail' : 'run'))
      const backend = await FileBackend.openIn(environmentOn(files), { dataDir }).catch(() => undefined)
      if (backend === undefined) return
      const insert = (id: string) =>
        insertInto(backend, id).then(
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
