import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorCodes, MemoryError } from '../src/index.js'

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((section) => ({ heading: section.split('\n', 1)[0] ?? '', body: section }))

describe('docs/errors.md', () => {
  it('has a heading for every code, once, in the order of the table, and no other', () => {
    expect(sections.map(({ heading }) => heading)).toEqual(
      Object.keys(errorCodes).map((code) => `\`${code}\``),
    )
  })

  it.each(sections)('$heading says what it means and what to do', ({ heading, body }) => {
    const meaning = Object.entries(errorCodes).find(([code]) => heading === `\`${code}\``)?.[1]
    expect(body).toContain(meaning)
    expect(body).toMatch(/\*\*What to do:\*\* \S/)
  })

  it('is about the codes of the contract', () => {
    expect(Object.keys(errorCodes)).toEqual(
      [
        'SCOPE_REQUIRED, SCOPE_MISMATCH, INVALID_NODE, INVALID_EMBEDDING, DIMENSION_MISMATCH, EMBEDDING_MISMATCH',
        'DUPLICATE_ID, LOCKED, CORRUPT, FOREIGN_BASE, NO_SPACE, CLOSED, NOT_SUPPORTED, CONNECTION, TIMEOUT, CONFLICT',
        'SCHEMA_BEHIND, SCHEMA_AHEAD, CONFIG_INVALID, UNKNOWN_BACKEND, BACKEND_NOT_INSTALLED',
      ]
        .join(', ')
        .split(', '),
    )
  })
})

describe('MemoryError', () => {
  it('is an Error with a code, a message and a cause', () => {
    const cause = new Error('below')
    const error = new MemoryError('CORRUPT', 'text', { cause })
    expect(error).toBeInstanceOf(Error)
    expect([error.name, error.code, error.message, error.cause]).toEqual([
      'MemoryError',
      'CORRUPT',
      'text',
      cause,
    ])
    expect(String(error)).toBe('MemoryError: text')
  })

  it('has the meaning of its code for a message, and no cause, when it is given none', () => {
    const error = new MemoryError('CLOSED')
    expect([error.message, 'cause' in error]).toEqual([errorCodes.CLOSED, false])
  })
})
