import type { MemoryNode } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { RemoteStore } from './remote-store.js'
import { SnapshotChecker } from './snapshot-checker.js'
import type { Matrix } from './store-state.js'
import {
  commitAt,
  historyScope,
  snapshotAt,
  snapshotOfMatrix,
  snapshotOfNodes,
  type VersionSnapshot,
} from './version-history.js'

const snapshots = 10_000
const compactions = 10

/** Commits one after the other, and compacts beside them; says what has been sent and what acknowledged. */
class Committer {
  sent = 0
  acknowledged = 0
  compacted = 0
  readonly #store: RemoteStore
  #compaction: Promise<void> | undefined

  constructor(store: RemoteStore) {
    this.#store = store
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.commit()
      if (this.sent % 50 === 0) this.#compaction ??= this.#compact()
    }
    await this.#compaction
  }

  async commit(): Promise<void> {
    const { method, args } = commitAt(this.sent + 1)
    this.sent += 1
    await this.#store.ask('store', method, ...args)
    this.acknowledged = this.sent
  }

  async #compact(): Promise<void> {
    await this.#store.ask('admin', 'compact')
    this.#compaction = undefined
    this.compacted += 1
  }
}

async function takeSnapshot(reader: RemoteStore, turn: number): Promise<VersionSnapshot> {
  // What comes back is what the same methods returned there.
  if (turn % 3 === 0)
    return snapshotOfNodes((await reader.ask('store', 'getNodes', historyScope)) as MemoryNode[])
  return snapshotOfMatrix((await reader.ask('store', 'getEmbeddings', historyScope)) as Matrix)
}

describe('four processes that read beside one that commits and compacts', { timeout: 240_000 }, () => {
  it(`see in ${snapshots} snapshots one commit each, never an older one, and the last acknowledged one`, async () => {
    const dataDir = await temporaryDirectory()
    const writer = RemoteStore.start()
    const readers = Array.from({ length: 4 }, () => RemoteStore.start())
    await writer.open({ dataDir })
    const committer = new Committer(writer)
    await committer.commit()
    let taken = 0
    let reopened = 0
    const isOver = () => taken >= snapshots && committer.compacted >= compactions
    const read = async (reader: RemoteStore) => {
      const checker = new SnapshotChecker()
      const look = async (turn: number) => {
        const { acknowledged } = committer
        const snapshot = await takeSnapshot(reader, turn)
        checker.check(snapshot, { acknowledged, sent: committer.sent })
        taken += 1
      }
      for (let turn = 0; !isOver(); turn++) {
        // Most reads follow a writer, some come from a store that was opened while it wrote.
        if (turn % 250 === 0) {
          if (turn > 0) await reader.ask('store', 'close')
          await reader.open({ dataDir, readOnly: true })
          reopened += 1
        }
        await look(turn)
      }
      return { checker, look }
    }
    const [, ...seen] = await Promise.all([committer.run(isOver), ...readers.map(read)])
    for (const { checker, look } of seen) {
      await look(0)
      await look(1)
      expect(checker.last).toBe(committer.sent)
      expect(checker.commits).toBeGreaterThan(50)
    }
    expect(taken).toBeGreaterThanOrEqual(snapshots)
    expect(reopened).toBeGreaterThan(readers.length)
    expect(committer.acknowledged).toBeGreaterThanOrEqual(50 * compactions)
    await writer.ask('store', 'close')
    for (const { look } of seen) await look(0)
  })
})

describe('the check of a snapshot', () => {
  const any = { acknowledged: 0, sent: 1_000 }
  const check = (...given: readonly VersionSnapshot[]) => {
    const checker = new SnapshotChecker()
    for (const snapshot of given) checker.check(snapshot, any)
  }

  it('takes the states of a history, each of them different', () => {
    const states = Array.from({ length: 100 }, (_, k) => snapshotAt(k))
    check(...states)
    expect(new Set(states.map((state) => JSON.stringify(state))).size).toBe(100)
  })

  it('notices every mixture of two neighbouring states', () => {
    let mixtures = 0
    for (let k = 4; k < 40; k++) {
      const [before, after] = [snapshotAt(k), snapshotAt(k + 1)]
      for (let cut = 0; cut <= Math.max(before.length, after.length); cut++) {
        for (const torn of [
          [...before.slice(0, cut), ...after.slice(cut)],
          [...after.slice(0, cut), ...before.slice(cut)],
        ]) {
          const text = JSON.stringify(torn)
          if (text === JSON.stringify(before) || text === JSON.stringify(after)) continue
          expect(() => check(torn), text).toThrow('no commit leaves')
          mixtures += 1
        }
      }
    }
    expect(mixtures).toBeGreaterThan(300)
  })

  it('notices a step back, a lost commit and one that was not sent', () => {
    expect(() => check(snapshotAt(9), snapshotAt(8))).toThrow('after commit 9 a reader saw 8')
    const late = () => new SnapshotChecker().check(snapshotAt(6), { acknowledged: 7, sent: 9 })
    expect(late).toThrow('commit 7 was acknowledged')
    const early = () => new SnapshotChecker().check(snapshotAt(10), { acknowledged: 7, sent: 9 })
    expect(early).toThrow('commit 9 was the last one sent')
  })
})
