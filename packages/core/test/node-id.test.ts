import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseMemoryNode } from '../src/index.js'

interface IdCase {
  readonly conversation_id: string
  readonly sequence_index: number
  readonly human_content: string
  readonly id: string
}
/** Computed by Python's hashlib: see generated/make.py. */
const cases: readonly IdCase[] = JSON.parse(
  readFileSync(new URL('generated/node-ids.json', import.meta.url), 'utf8'),
)

describe('the id of a node without one', () => {
  it.each(cases.map(({ id, ...fields }) => [id, fields] as const))("is Python's %s", (id, fields) => {
    expect(parseMemoryNode({ ...fields, assistant_content: '' }).id).toBe(id)
  })

  it('differs for every case, so that none passes by chance', () => {
    expect(cases.length).toBeGreaterThan(20)
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length)
  })

  it('depends on the first 100 code points only', () => {
    const id = (humanContent: string) => parseMemoryNode({ humanContent, assistantContent: 'a' }).id
    const hundred = '😀'.repeat(100)
    expect(id(`${hundred}x`)).toBe(id(`${hundred}y`))
    expect(id(`${'😀'.repeat(99)}x`)).not.toBe(id(`${'😀'.repeat(99)}y`))
  })

  it('is not taken when one is given', () => {
    expect(parseMemoryNode({ id: 'mine', humanContent: 'q', assistantContent: 'a' }).id).toBe('mine')
  })
})
