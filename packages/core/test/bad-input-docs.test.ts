import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const docs = new URL('../../../docs/', import.meta.url)
const page = readFileSync(new URL('bad-input.md', docs), 'utf8')
const files = new Map(
  [...page.matchAll(/^\[([\w-]+)\]: (\S+)$/gm)].map(([, name, path]) => [name, path ?? '']),
)
const rows = page
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, number = '']) => /^\d+$/.test(number))
  .map(([, number, input = '', kind, , tested = '']) => ({ number: Number(number), input, kind, tested }))

describe('docs/bad-input.md', () => {
  it('has every number of the catalogue once, in order', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 105 }, (_, index) => index + 1))
  })

  it('says of each whether it is refused, made right or kept', () => {
    for (const { number, kind } of rows) expect(['R', 'N', 'K'], String(number)).toContain(kind)
  })

  it.each(rows)('$number, $input: names tests that are there', ({ tested }) => {
    const references = [...tested.matchAll(/\[([\w-]+)\] «([^»]+)»/g)]
    expect(references.length).toBeGreaterThan(0)
    for (const [, name = '', title = ''] of references) {
      const path = files.get(name)
      expect(path, `the file of [${name}]`).toBeDefined()
      // A template or an escape in a title is the same text in both.
      expect(readFileSync(new URL(path ?? '', docs), 'utf8')).toContain(title)
    }
    expect(references).toHaveLength(tested.split('; ').length)
  })

  it('names no file that it does not use', () => {
    for (const name of files.keys()) expect(page).toContain(`[${name}] «`)
  })
})
