import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as bounds from '../../src/search/error-bound.js'
import { rowStride } from '../../src/search/quantised-rows.js'

const text = readFileSync(new URL('../../../../docs/exact-search.md', import.meta.url), 'utf8')

it('the constants are those of the proof', () => {
  const values = {
    maxColumns: '65,536',
    rowLimit: '127',
    queryLimit: '32,767',
    querySumLimit: '⌊(2³¹ − 1)/128⌋',
    roundingSlack: '2^-18',
  }
  for (const [name, value] of Object.entries(values)) expect(text).toContain(`${name} = ${value}`)
  expect(bounds).toMatchObject({
    maxColumns: 65_536,
    rowLimit: 127,
    queryLimit: 32_767,
    querySumLimit: Math.floor((2 ** 31 - 1) / 128),
    roundingSlack: 2 ** -18,
  })
  const constants = Object.entries(bounds).filter(([, value]) => typeof value === 'number')
  expect(constants.map(([name]) => name).sort()).toEqual(Object.keys(values).sort())
  expect(text).toContain(`${rowStride(1024).toLocaleString('en')} bytes for 1,024 columns`)
})
