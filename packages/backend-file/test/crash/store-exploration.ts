import { MemoryError } from '@holdfast/core'
import type { FileSystem } from '../../src/disk/file-system.js'
import { FileBackend } from '../../src/index.js'
import type { Durability } from '../../src/journal/durability.js'
import { OpenDirectories } from '../../src/lock/open-directories.js'
import type { CommitTrace } from '../simulated-disk/commit-trace.js'
import type { CrashExploration } from '../simulated-disk/explore-crashes.js'
import { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { runOperation, type StoreOperation } from './store-operations.js'

const dataDir = '/data'

/**
 * `together`: calls of the same moment. `compact` runs alone, or beside calls. `abandon`: goes on without closing, as
 * after the end of a process.
 */
export type StoreStep =
  | { readonly together: readonly StoreOperation[]; readonly besideCompaction?: boolean }
  | 'compact'
  | 'reopen'
  | 'abandon'

export interface StoreExploration {
  readonly seed: number
  readonly steps: readonly StoreStep[]
  readonly prepare?: (disk: SimulatedDisk) => Promise<void>
  readonly durability?: Durability
  /** Bytes after which a store compacts its journal by itself. Default: never. */
  readonly smallJournal?: number
  /** Puts a wrong disk between the store and the right one. */
  readonly through?: (disk: SimulatedDisk) => FileSystem
}

/** The whole file backend: its state is everything it stores, with texts, vectors, positions and settings. */
export function storeExploration({
  seed,
  steps,
  prepare = async () => {},
  durability = 'full',
  smallJournal = 2 ** 30,
  through = (disk) => disk,
}: StoreExploration): CrashExploration<StoreOperation, FileBackend> {
  const open = (files: FileSystem, bootId: string, other: { readOnly?: boolean } = {}) =>
    FileBackend.openIn(
      {
        files,
        kernelLock: async () => 'held',
        openDirectories: new OpenDirectories(),
        bootId: async () => bootId,
        schedule: () => () => {},
        smallJournal,
      },
      { dataDir, durability, ...other },
    )
  const states = new Map<string, Promise<string>>()
  const model = (commits: readonly StoreOperation[]): Promise<string> => {
    const key = JSON.stringify(commits)
    let state = states.get(key)
    if (state === undefined) {
      state = stateAfter(prepare, commits, (disk) => open(disk, 'model'))
      states.set(key, state)
    }
    return state
  }
  let next = 0
  return {
    seed,
    prepare,
    model,
    history: async (disk, trace) => {
      const files = through(disk)
      await runHistory(() => open(files, 'first start'), trace, steps)
    },
    open: (disk) => open(through(disk), 'second start'),
    look: async (disk, isRestarted) => {
      try {
        const reader = await open(disk, isRestarted ? 'second start' : 'first start', { readOnly: true })
        try {
          return await stateOf(reader)
        } finally {
          await reader.close()
        }
      } catch (error) {
        // Before the first write there is no directory, or nothing in it.
        if (error instanceof MemoryError && error.message.startsWith('there is no ')) return model([])
        throw error
      }
    },
    close: (backend) => backend.close(),
    read: stateOf,
    extend: async (backend) => {
      next += 1
      const operation = { do: 'insert', ids: ['z'], tag: 1000 + (next % 7) } as const
      await runOperation(backend, operation)
      return operation
    },
    check: async (_, disk) => {
      const names = await disk.readdir(`${dataDir}/.holdfast`)
      const left = names.filter((name) => name === 'commit.json' || name.includes('.tmp'))
      const staged = names.includes('stage') ? await disk.readdir(`${dataDir}/.holdfast/stage`) : []
      if (left.length + staged.length > 0) throw new Error(`left behind: ${[...left, ...staged].join(', ')}`)
    },
    powerCutKeeps: durability === 'full' ? 'acked' : 'prefix',
  }
}

async function stateAfter(
  prepare: (disk: SimulatedDisk) => Promise<void>,
  commits: readonly StoreOperation[],
  open: (disk: SimulatedDisk) => Promise<FileBackend>,
): Promise<string> {
  const disk = new SimulatedDisk()
  await prepare(disk)
  const backend = await open(disk)
  for (const commit of commits) await runOperation(backend, commit)
  const state = await stateOf(backend)
  await backend.close()
  return state
}

/** Everything a store holds, as text. A cursor after each record tells its position. */
export async function stateOf(backend: FileBackend): Promise<string> {
  const lines: unknown[] = []
  for await (const { kind, records, cursor } of backend.admin.exportAll({ batchSize: 1 })) {
    for (const { id, owner, text, embedding, clusterId } of records) {
      lines.push([
        kind,
        cursor,
        id,
        owner,
        text.replaceAll(/\s+/g, ''),
        embedding && [...embedding],
        clusterId,
      ])
    }
  }
  return JSON.stringify([lines, backend.dimensions, backend.embeddingModel])
}

/** Runs steps, opening the store again after it has failed. Never rejects. */
async function runHistory(
  open: () => Promise<FileBackend>,
  trace: CommitTrace<StoreOperation>,
  steps: readonly StoreStep[],
): Promise<void> {
  let backend: FileBackend | undefined
  for (const step of steps) {
    // A fault may have passed by the second time.
    backend ??= (await open().catch(() => undefined)) ?? (await open().catch(() => undefined))
    if (backend === undefined) continue
    if (step === 'abandon' || step === 'reopen') {
      if (step === 'reopen') await backend.close().catch(() => {})
      backend = undefined
      continue
    }
    const running = backend
    let isUnknown = false
    const compaction =
      step === 'compact' || step.besideCompaction ? running.admin.compact().catch(() => {}) : undefined
    const operations = step === 'compact' ? [] : step.together
    await Promise.all(
      operations.map((operation) =>
        trace.run(
          operation,
          () =>
            runOperation(running, operation).catch((error: unknown) => {
              if (error instanceof MemoryError && error.message.includes('open the store again'))
                isUnknown = true
              throw error
            }),
          () => isUnknown,
        ),
      ),
    )
    await compaction
    if (!isUnknown) continue
    await running.close().catch(() => {})
    backend = undefined
  }
  await backend?.close().catch(() => {})
}
