import { describe, expect, it } from 'vitest'
import type { RecordIndex } from '../../src/records/record-index.js'
import { RowList } from '../../src/records/row-list.js'
import { PlacedCopies } from '../../src/search/placed-copies.js'
import { sortedSegmentsOf } from '../../src/search/row-segments.js'
import { SlotTable } from '../../src/search/slot-table.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'

const owners = 3

/** Rows of a few owners, every fifth without a vector, and a list of all of them. */
function setUp(slots = 4096) {
  const table = new SlotTable(slots)
  let lookups = 0
  const index = {
    ownerKeyNumber: (row: number) => {
      lookups += 1
      return row % owners
    },
  }
  return {
    table,
    places: new PlacedCopies(index as unknown as RecordIndex, table),
    list: new RowList((row) => row),
    /** How often an owner was asked for since the last time. */
    lookups: () => {
      const count = lookups
      lookups = 0
      return count
    },
    give: (row: number) => {
      if (row % 5 !== 0 && table.slotOf(row) === undefined) table.take(row % owners, row)
    },
  }
}

/** Places rows as a search does. */
async function place({ table, places, give }: ReturnType<typeof setUp>, rows: Int32Array) {
  const known = places.known(rows)
  const others = rows.slice(known?.length ?? 0)
  const keys = [...new Set([...(known?.keys ?? []), ...(await places.ownersOf(others, undefined))])]
  for (const key of keys) table.hold(key)
  for (const row of others) give(row)
  const { segments } = await places.place(rows, known, keys, undefined)
  for (const key of keys) table.release(key)
  return segments
}

describe(`places of copies, seed ${seed}`, () => {
  it('are those of all rows, whatever has come and gone', async () => {
    const random = seededRandom(seed)
    const store = setUp()
    const { table, list } = store
    let [next, known] = [0, 0]
    for (let step = 0; step < 400; step++) {
      for (let added = random.below(4); added > 0; added--) list.add(next++)
      if (random.below(4) === 0) table.forget([random.below(next + 1)])
      if (random.below(20) === 0) table.discard(random.below(owners))
      if (random.below(10) === 0 && list.length > 0) {
        list.remove(list.view()[random.below(list.length)] ?? 0)
        list.sweep()
      }
      const rows = list.view() as Int32Array
      if (store.places.known(rows) !== undefined) known += 1
      const segments = await place(store, rows)
      const slots = [...rows].flatMap((row) => table.slotOf(row) ?? [])
      expect(slots.length).toBe([...rows].filter((row) => row % 5 !== 0).length)
      expect(segments).toEqual(sortedSegmentsOf(Int32Array.from(slots)))
    }
    // Else nothing was compared with what is new.
    expect(known).toBeGreaterThan(100)
  })

  it('are looked up for new rows only', async () => {
    const store = setUp()
    for (let row = 0; row < 1000; row++) store.list.add(row)
    await place(store, store.list.view() as Int32Array)
    expect(store.lookups()).toBe(1000)
    store.list.add(1000)
    store.list.add(1001)
    await place(store, store.list.view() as Int32Array)
    expect(store.lookups()).toBe(2)
    await place(store, store.list.view() as Int32Array)
    expect(store.lookups()).toBe(0)
    store.table.forget([7])
    await place(store, store.list.view() as Int32Array)
    expect(store.lookups()).toBe(1002)
  })

  it('are not taken for those of a shorter view, or of a part', async () => {
    const store = setUp()
    for (let row = 0; row < 100; row++) store.list.add(row)
    const before = store.list.view() as Int32Array
    store.list.add(101)
    const rows = store.list.view() as Int32Array
    await place(store, rows)
    expect(store.places.known(rows)).toBeDefined()
    expect(store.places.known(before)).toBeUndefined()
    expect(store.places.known(rows.subarray(1))).toBeUndefined()
  })

  it('are found while the event loop gets its turn, and until it is no longer wanted', async () => {
    const store = setUp(2 ** 21)
    const rows = Int32Array.from({ length: 2_000_000 }, (_, row) => row)
    const controller = new AbortController()
    let turns = 0
    const count = () => {
      turns += 1
      if (turns === 3) controller.abort(new RangeError('enough'))
      else setImmediate(count)
    }
    setImmediate(count)
    await expect(store.places.ownersOf(rows, controller.signal)).rejects.toThrow('enough')
    expect(turns).toBe(3)
    expect(store.lookups()).toBeLessThan(rows.length)
  })
})
