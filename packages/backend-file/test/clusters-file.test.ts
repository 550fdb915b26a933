import { describe, expect, it } from 'vitest'
import { formatClusters, parseClusters } from '../src/layout/clusters-file.js'
import { seed } from './simulated-disk/seed.js'
import { seededRandom } from './simulated-disk/seeded-random.js'

/** What the text means, read with `JSON.parse`; `undefined` where it is not what the file may hold. */
function parsedSlowly(text: string, rows: number): readonly (number | null)[] | undefined {
  let value: Readonly<Record<string, unknown>>
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const of = new Array<number | null>(rows).fill(null)
  for (const [key, members] of Object.entries(value)) {
    if (!Array.isArray(members)) return undefined
    for (const row of members) {
      if (!Number.isInteger(row) || row < 0 || row >= rows || of[row] !== null) return undefined
      of[row] = Number(key)
    }
  }
  return of
}

function parsed(text: string, rows: number): readonly (number | null)[] | undefined {
  try {
    return Array.from(parseClusters(text, rows, 'file').clusterIds, (id) => (Number.isNaN(id) ? null : id))
  } catch (error) {
    expect(String(error)).toContain('file ')
    return undefined
  }
}

describe(`clusters.json, seed ${seed}`, () => {
  const rows = 40

  it('is read as JSON.parse reads it, and nothing is accepted that it refuses', () => {
    const random = seededRandom(seed)
    const others = '{}[]":, \n\t01234567890123456789-.e'
    let [accepted, refused] = [0, 0]
    for (let round = 0; round < 20_000; round++) {
      const ids = Array.from({ length: rows }, () => (random.below(3) === 0 ? null : random.below(12) - 2))
      const text = formatClusters(ids, [])
      const layout = random.below(2) === 0 ? text : JSON.stringify(JSON.parse(text))
      expect(parsed(layout, rows)).toEqual(ids)
      const at = random.below(layout.length)
      const other = others[random.below(others.length)] ?? ''
      const changed = layout.slice(0, at) + other + layout.slice(at + random.below(2))
      const found = parsed(changed, rows)
      if (found === undefined) refused += 1
      else {
        accepted += 1
        expect(found, changed).toEqual(parsedSlowly(changed, rows))
      }
    }
    // The control: both happen often.
    expect(accepted).toBeGreaterThan(1000)
    expect(refused).toBeGreaterThan(1000)
  })

  it.each([
    '{"1":[0,]}',
    '{"1":[0,,1]}',
    '{"1":[,0]}',
    '{"1":[00,1]}',
    '{"1":[01,2]}',
    '{"1":[1.5,2]}',
    '{"1":[1e0,2]}',
    '{"1":[-1,2]}',
    '{"1":[0,0]}',
    '{"1":[40,1]}',
    '{"1":[0 1]}',
    '{"1":[0,"1"]}',
    '{"1":[0\u000b,1]}',
    '{"1":[0,1]',
    '{"1":[0,1',
    '{"1":[0,1]},',
  ])('%j is damaged', (text) => {
    expect(() => parseClusters(text, rows, 'file')).toThrow(expect.objectContaining({ code: 'CORRUPT' }))
  })

  it('says where it is damaged', () => {
    expect(() => parseClusters('{"1":[0, 1, 77, 2]}', rows, 'file')).toThrow(
      'file puts row 77 into cluster 1, but there are 40 rows (byte 12)',
    )
    expect(() => parseClusters('{"1":[0, 1, 1]}', rows, 'file')).toThrow('file lists row 1 twice (byte 12)')
  })
})
