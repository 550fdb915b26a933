import { describe, expect, it } from 'vitest'
import { SlotTable } from '../../src/search/slot-table.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'

const slots = 16 * 8

/** What a table says of the rows 0 up to `count`. */
function placed(table: SlotTable, count: number): Map<number, number> {
  const found = new Map<number, number>()
  for (let row = 0; row < count; row++) {
    const slot = table.slotOf(row)
    if (slot !== undefined) found.set(row, slot)
  }
  return found
}

describe(`slots for copies, seed ${seed}`, () => {
  it('never stand for two rows, nor go while they are held', () => {
    const random = seededRandom(seed)
    const table = new SlotTable(slots)
    const owners = 12
    const rowsOf = 40
    const ownerOf = (row: number) => row % owners
    const holds: number[] = []
    const wrong: string[] = []
    let taken = 0
    let refused = 0
    for (let step = 0; step < 5000; step++) {
      const row = random.below(owners * rowsOf)
      const before = placed(table, owners * rowsOf)
      switch (random.below(8)) {
        case 0:
          holds.push(ownerOf(row))
          table.hold(ownerOf(row))
          break
        case 1:
          if (holds.length < 5) break
          for (const key of holds.splice(0, random.below(6))) table.release(key)
          break
        case 2:
          if (random.below(4) === 0) table.forget([row])
          break
        default:
          if (table.slotOf(row) !== undefined) break
          if (table.take(ownerOf(row), row) === undefined) refused += 1
          else taken += 1
          for (const [held, slot] of before) {
            if (holds.includes(ownerOf(held)) && table.slotOf(held) !== slot)
              wrong.push(`${step}: ${held} moved`)
          }
      }
      const now = placed(table, owners * rowsOf)
      if (new Set(now.values()).size !== now.size) wrong.push(`${step}: two rows have one slot`)
      if (table.count !== now.size) wrong.push(`${step}: ${table.count} instead of ${now.size}`)
      for (const [of, slot] of now) {
        if (table.rowOf(slot) !== of || slot >= Math.min(slots, table.end))
          wrong.push(`${step}: ${of} in ${slot}`)
      }
    }
    expect(wrong).toEqual([])
    // The control: it was full, and owners did make room for others.
    expect(taken).toBeGreaterThan(slots * 2)
    expect(refused).toBeGreaterThan(0)
  })

  it('are taken from the owner that was not used for longest', () => {
    const table = new SlotTable(32)
    for (const key of [1, 2]) for (let row = 0; row < 16; row++) table.take(key, key * 100 + row)
    table.hold(1)
    table.release(1)
    expect(table.take(3, 300)).toBeDefined()
    expect([table.slotOf(100) !== undefined, table.slotOf(200) !== undefined]).toEqual([true, false])
  })

  it('are taken from an owner of millions of rows', () => {
    const rows = 2_500_000
    const table = new SlotTable(rows)
    for (let row = 0; row < rows; row++) table.take(1, row)
    expect(table.count).toBe(rows)
    table.discard(1)
    expect([table.count, table.slotOf(0), table.take(2, rows)]).toEqual([0, undefined, 0])
  })

  it('have another version whenever a row of their owner has lost its slot, and none while it has no slot', () => {
    const table = new SlotTable(32)
    const give = (row: number) => {
      if (table.slotOf(row) === undefined) table.take(1, row)
    }
    expect(table.versionOf(1)).toBe(0)
    table.hold(1)
    expect(table.versionOf(1)).toBe(0)
    const versions = new Set<number>([0])
    const losses = [() => {}, () => table.forget([5]), () => table.discard(1), () => table.forget([7])]
    for (const lose of losses) {
      lose()
      table.release(1)
      give(5)
      const version = table.versionOf(1)
      expect(versions.has(version)).toBe(false)
      versions.add(version)
      give(6)
      give(7)
      table.take(2, 1000 + versions.size)
      expect(table.versionOf(1)).toBe(version)
      table.hold(1)
    }
    table.forget([5, 6, 7])
    expect(table.versionOf(1)).toBe(0)
  })
})
