import { expect, it } from 'vitest'
import { int8Array, textArray } from '../src/records/binary-array.js'
import { copyEnd, copyRows, copyStart } from '../src/records/copy-rows.js'

/** CopyData: its type, then its length, which counts itself. */
const message = (hex: string) => `64${(hex.length / 2 + 4).toString(16).padStart(8, '0')}${hex}`

it('begins and ends as COPY wants it', () => {
  expect(copyStart.toString('hex')).toBe(
    message(Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]).toString('hex')),
  )
  expect(copyEnd.toString('hex')).toBe(message('ffff'))
})

it('writes the rows of columns as COPY takes them, NULL and long values too', () => {
  const long = 'x'.repeat(40)
  const rows = copyRows([int8Array([1, null]), textArray([null, long])])
  expect(rows.toString('hex')).toBe(
    message(
      [
        ...['0002', '00000008', '0000000000000001', 'ffffffff'],
        ...['0002', 'ffffffff', '00000028', Buffer.from(long).toString('hex')],
      ].join(''),
    ),
  )
})

it('writes no row of empty columns', () => {
  expect(copyRows([int8Array([]), textArray([])]).toString('hex')).toBe(message(''))
})
