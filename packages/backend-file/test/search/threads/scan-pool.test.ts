import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { segmentsOf } from '../../../src/search/row-segments.js'
import { scanAlone } from '../../../src/search/scan-alone.js'
import type { ScanPool } from '../../../src/search/scan-pool.js'
import { isWorthHelp, scanTogether } from '../../../src/search/scan-together.js'
import { seed } from '../../simulated-disk/seed.js'
import { vectorRandom } from '../random-vectors.js'
import { scanOf, setUpPool, testPool, warnings, wrongThread } from './pool-setup.js'

const narrow = 48
const wanted = { limit: 10, minScore: -1 }

function searchIn(
  pool: ScanPool,
  { count = 3000, columns = narrow, logger = warnings().logger, isHeld = true } = {},
) {
  const random = vectorRandom(seed)
  const pattern = random.vector(columns + count)
  const vectors = Array.from({ length: count }, (_, at) => pattern.slice(at, at + columns))
  const setup = setUpPool(pool, vectors, columns, { logger, isHeld })
  const scan = scanOf(setup, random.vector(columns), segmentsOf(vectors.keys()))
  const together = (helpers: number, signal?: AbortSignal) =>
    scanTogether({ ...scan, kernel: setup.patient(helpers) }, setup.help, wanted, signal)
  return { setup, scan, together, alone: () => scanAlone(scan, wanted, undefined) }
}

/** Resolves when something holds; what it waits for happens in the event loop. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate()
}

describe(`the pool of threads (seed ${seed})`, () => {
  it('starts threads with the first scan that is large enough', async () => {
    const pool = testPool({ leastBytes: 3000 * (narrow + 8) })
    const { setup, scan, together } = searchIn(pool)
    const fewer = { ...scan, segments: segmentsOf(Array.from({ length: 2999 }, (_, row) => row)) }
    expect(isWorthHelp(fewer, setup.help)).toBe(false)
    expect(isWorthHelp(scan, setup.help)).toBe(true)
    expect(isWorthHelp(scan, { ...setup.help, areas: [] })).toBe(false)
    expect(pool.threadCount).toBe(0)
    await together(2)
    expect(pool.threadCount).toBe(2)
  })

  it('has no threads where there is one processor', async () => {
    const { setup, scan } = searchIn(testPool({ threads: 0 }))
    expect(isWorthHelp(scan, setup.help)).toBe(false)
  })

  it('scans what a thread had taken that ended, and replaces the thread', async () => {
    const { warned, logger } = warnings()
    let file = wrongThread('ends-with-chunk')
    const pool = testPool({ file: () => file })
    const { together, alone } = searchIn(pool, { logger })
    expect(await together(2)).toEqual(await alone())
    await until(() => pool.threadCount === 0)
    file = testPool().options.file()
    expect(await together(2)).toEqual(await alone())
    expect(pool.threadCount).toBe(2)
    expect(warned).toEqual([])
  })

  it('gives up when threads end again and again', async () => {
    const { warned, logger } = warnings()
    const pool = testPool({ threads: 1, file: () => wrongThread('throws') })
    const { together, alone } = searchIn(pool, { logger })
    for (const before of [0, 0, 0]) {
      expect(warned.length).toBe(before)
      expect(await together(1)).toEqual(await alone())
      await until(() => pool.threadCount === 0)
    }
    expect(warned).toEqual([expect.stringContaining('thrown by the thread')])
    expect(await together(0)).toEqual(await alone())
    expect(pool.threadCount).toBe(0)
  })

  it.each([
    ['fails-to-load', wrongThread('fails-to-load'), 'cannot be loaded'],
    ['no such file', wrongThread('missing'), 'missing.mjs'],
    ['no file at all', undefined, 'nowhere'],
  ])(
    'goes on alone when no thread can be started, and tells each logger once: %s',
    async (_, file, reason) => {
      const first = warnings()
      const pool = testPool({
        file: () => {
          if (file === undefined) throw new Error('nowhere')
          return file
        },
      })
      const search = searchIn(pool, { logger: first.logger })
      const expected = await search.alone()
      expect(await search.together(0)).toEqual(expected)
      await until(() => pool.threadCount === 0)
      expect(first.warned).toEqual([expect.stringContaining(reason)])
      expect(await search.together(0)).toEqual(expected)
      expect(first.warned.length).toBe(1)
      const second = warnings()
      const other = searchIn(pool, { logger: second.logger })
      for (const _ of [1, 2]) expect(await other.together(0)).toEqual(expected)
      expect(second.warned).toEqual(first.warned)
      expect(pool.threadCount).toBe(0)
    },
  )

  it('does not wait for a thread that has not begun', async () => {
    const pool = testPool({ file: () => wrongThread('never-begins') })
    const { together, alone } = searchIn(pool)
    expect(await together(0)).toEqual(await alone())
    expect(pool.isBusy).toBe(false)
  })

  it('stops at the signal, and settles only when no thread is at work any more', async () => {
    const random = vectorRandom(seed)
    const pool = testPool()
    const { scan, setup, together, alone } = searchIn(pool)
    for (let turn = 0; turn < 30; turn++) {
      const controller = new AbortController()
      const kernel = setup.patient(2)
      let left = random.below(4)
      const aborting: typeof kernel = (run) => {
        kernel(run)
        if (left-- === 0) controller.abort(new Error('enough'))
      }
      const outcome = await scanTogether(
        { ...scan, kernel: aborting },
        setup.help,
        wanted,
        controller.signal,
      ).catch((error: unknown) => error)
      if (controller.signal.aborted) expect(outcome).toEqual(new Error('enough'))
      else expect(outcome).toEqual(await alone())
      expect(pool.isBusy).toBe(false)
      expect(await together(2)).toEqual(await alone())
    }
    const before = scanTogether(scan, setup.help, wanted, AbortSignal.abort(new Error('before')))
    await expect(before).rejects.toThrow('before')
  })

  it('tells threads at work that the scan is cancelled', async () => {
    const pool = testPool({ file: () => wrongThread('waits-for-cancel') })
    // So wide that the caller is not through with its own part when the signal comes.
    const { setup, together } = searchIn(pool, { count: 1600, columns: 8192 })
    const controller = new AbortController()
    const searching = together(2, controller.signal)
    controller.abort(new Error('cancelled'))
    const outcome = await searching.catch((error: unknown) => ({ error, isBusy: pool.isBusy }))
    expect(outcome).toEqual({ error: new Error('cancelled'), isBusy: false })
    const touched = () => setup.help.areas.map((area) => new Int32Array(setup.memory.buffer, area, 1)[0])
    const last = touched()
    await setImmediate()
    expect(touched()).toEqual(last)
  })

  it('ends threads that have nothing to do, and starts others', async () => {
    const pool = testPool({ idle: 1 })
    const { together, alone } = searchIn(pool)
    for (const _ of [1, 2]) {
      expect(await together(2)).toEqual(await alone())
      await until(() => pool.threadCount === 0)
    }
  })

  it('lets go of a memory that is released, when the last task with it is over', async () => {
    const pool = testPool()
    const { setup, together, alone } = searchIn(pool)
    const other = searchIn(pool)
    await Promise.all([together(2), other.together(2)])
    expect(pool.memoryCount).toBe(2)
    const scanning = together(0)
    expect(pool.isBusy).toBe(true)
    pool.release(setup.memory)
    expect(await scanning).toEqual(await alone())
    await until(() => pool.memoryCount === 0)
    expect(pool.threadCount).toBe(0)
    expect(await other.together(2)).toEqual(await other.alone())
    expect(await together(2)).toEqual(await alone())
    expect(pool.memoryCount).toBe(2)
  })

  it('lets go of a memory that nobody has released', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const pool = testPool()
    await searchIn(pool, { isHeld: false }).together(2)
    expect(pool.memoryCount).toBe(1)
    await until(() => {
      collect()
      return pool.memoryCount === 0
    })
  })
})
