import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { LinearColumn } from '../../src/records/linear-column.js'
import { seed } from '../simulated-disk/seed.js'

const step = fc.record({ row: fc.nat({ max: 40 }), follows: fc.boolean(), value: fc.integer() })

it(`gives back what was set, whether it follows the rule or not (seed ${seed})`, () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.nat({ max: 20 }),
      fc.constantFrom([1, 1], [128, 4096], [0, 0]),
      (steps, count, [first = 0, each = 0]) => {
        const column = new LinearColumn(first, each, count)
        const expected = new Map(Array.from({ length: count }, (_, row) => [row, first + row * each]))
        for (const { row, follows, value } of steps) {
          const set = follows ? first + row * each : value
          column.set(row, set)
          expected.set(row, set)
          for (const [known, wanted] of expected) expect(column.get(known)).toBe(wanted)
        }
      },
    ),
    { seed },
  )
})

it('takes values over that are not 1, 2, 3 …', () => {
  for (const values of [[], [1, 2, 3], [1, 2, 4], [7], [5, 6, 7, 8]]) {
    const column = LinearColumn.of(Float64Array.from(values))
    expect(values.map((_, row) => column.get(row))).toEqual(values)
    column.set(values.length, 90)
    expect([...values, 90].map((_, row) => column.get(row))).toEqual([...values, 90])
  }
})
