import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { seed } from '../simulated-disk/seed.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { vectorRandom } from './random-vectors.js'

const columns = 4
const many = 5000
const few = 10
/** Enough for all copies, and too little for vectors that were read lately. */
const memoryBudget = 200_000

/** The real disk, on which reads of the large tenant's vectors wait as long as it is shut. */
class ShutDisk {
  readonly files = new FaultyFileSystem()
  waiting = 0
  readonly #gate = new EventTarget()
  #isShut = false

  constructor() {
    const { open } = this.files
    this.files.open = async (path, ...rest) => {
      const file = await open(path, ...rest)
      if (!path.endsWith('nodes.npy')) return file
      const end = 128 + many * columns * 4
      return {
        ...file,
        read: async (into, position) => {
          if (this.#isShut && position >= 128 && position < end) {
            this.waiting += 1
            await once(this.#gate, 'open')
          }
          return file.read(into, position)
        },
      }
    }
  }

  shut(): void {
    this.waiting = 0
    this.#isShut = true
  }

  open(): void {
    this.#isShut = false
    this.#gate.dispatchEvent(new Event('open'))
  }
}

it(`a small tenant waits for nothing that a large one reads (seed ${seed})`, async () => {
  const dataDir = await temporaryDirectory()
  const random = vectorRandom(seed)
  // All of them are among the best, as far as copies tell.
  const same = random.vector(columns)
  {
    await using backend = await FileBackend.open({ dataDir, durability: 'off' })
    for (const [tenantId, count] of [
      ['large', many],
      ['small', few],
    ] as const) {
      await backend.insertNodes(
        Array.from({ length: count }, (_, at) => {
          const embedding = tenantId === 'large' ? same : random.vector(columns)
          return { id: `${tenantId}${at}`, tenantId, humanContent: '', assistantContent: '', embedding }
        }),
      )
    }
  }
  const disk = new ShutDisk()
  const backend = await FileBackend.openIn(environmentOn(disk.files), {
    dataDir,
    memoryBudget,
    readOnly: true,
  })
  onTestFinished(async () => {
    disk.open()
    await backend.close()
  })
  const search = (tenantId: string) => backend.vectorSearch(same, { tenantId }, { topK: 3, minScore: -1 })
  for (const [round, searches] of [
    ['first searches', 1],
    ['more searches than can scan at once', 9],
  ] as const) {
    disk.shut()
    let hasEnded = false
    const large = Array.from({ length: searches }, () => search('large'))
    const all = Promise.all(large).finally(() => {
      hasEnded = true
    })
    while (disk.waiting < searches) await setImmediate()
    const small = search('small')
    // Not for ever: where it does wait, the test is to fail, and not to hang.
    const late = (async () => {
      for (let turn = 0; turn < 20_000; turn++) await setImmediate()
      return 'waited'
    })()
    const outcome = await Promise.race([small, late])
    expect(outcome, round).toHaveLength(3)
    expect(hasEnded).toBe(false)
    disk.open()
    for (const found of await all)
      expect(found.map(({ node }) => node.id)).toEqual(['large0', 'large1', 'large2'])
  }
})
