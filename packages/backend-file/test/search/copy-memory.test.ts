import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { CopyMemory } from '../../src/search/copy-memory.js'
import { rowStride } from '../../src/search/quantised-rows.js'
import { webAssembly } from '../../src/wasm/web-assembly.js'
import { seed } from '../simulated-disk/seed.js'
import { vectorRandom } from './random-vectors.js'

const columns = 1000

/** A memory of an engine that has given it a number of pages, and gives no more. */
function memoryThatCannotGrow(grows: number) {
  if (webAssembly === undefined) throw new Error('these tests need WebAssembly')
  const warn = vi.fn()
  const logger = { debug() {}, info() {}, warn, error() {} }
  const memory = CopyMemory.create({ columns, budget: 1000 * rowStride(columns), logger })
  if (memory === undefined) throw new Error('no memory')
  const { prototype } = webAssembly.Memory
  const original = prototype.grow
  let left = grows
  const grow = vi.spyOn(prototype, 'grow').mockImplementation(function (this: never, pages) {
    if (left === 0) throw new RangeError('failed to grow memory')
    left -= 1
    return original.call(this, pages)
  })
  onTestFinished(() => grow.mockRestore())
  return { memory, warn, grow }
}

describe(`memory for copies that cannot grow (seed ${seed})`, () => {
  it('is shared by the owners, the last one that was searched first', () => {
    const random = vectorRandom(seed)
    const { memory, warn, grow } = memoryThatCannotGrow(6)
    const make = (owner: number, row: number) => memory.make(owner, row, random.vector(columns))
    memory.table.hold(1)
    let made = 0
    while (make(1, made)) made += 1
    expect([made, memory.slots, memory.table.end]).toEqual([memory.table.count, made, made])
    expect(made).toBeGreaterThan(90)
    expect(make(1, made)).toBe(false)
    const grows = grow.mock.calls.length
    // A row that has gone leaves room for another.
    memory.table.forget([3])
    expect([make(1, 5000), make(1, 5001)]).toEqual([true, false])
    memory.table.release(1)
    // An owner that nobody searches makes room for the next.
    for (let row = 0; row < made; row++) expect(make(2, 10_000 + row)).toBe(true)
    expect(memory.table.slotOf(0)).toBeUndefined()
    expect([grow.mock.calls.length, warn.mock.calls.length]).toEqual([grows, 1])
  })

  it('leaves alone what searches hold', () => {
    const random = vectorRandom(seed + 1)
    const { memory } = memoryThatCannotGrow(3)
    const make = (owner: number, row: number) => memory.make(owner, row, random.vector(columns))
    memory.table.hold(1)
    let made = 0
    while (make(1, made)) made += 1
    const places = Array.from({ length: made }, (_, row) => memory.table.slotOf(row))
    expect(make(2, 10_000)).toBe(false)
    expect(Array.from({ length: made }, (_, row) => memory.table.slotOf(row))).toEqual(places)
    memory.table.release(1)
    expect(make(2, 10_000)).toBe(true)
  })
})
