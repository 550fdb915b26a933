import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { retryRuleOf } from '../src/connection/failure.js'
import { resolveOpenOptions } from '../src/resolve-open-options.js'
import { sqlError } from './support/faulty-pool.js'

const page = readFileSync(new URL('../../../docs/postgres-failures.md', import.meta.url), 'utf8')

describe('docs/postgres-failures.md', () => {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const documented = rows.flatMap(([, , states = '', tries = '', longest = '']) =>
    (states.match(/\b[0-9][0-9A-Z]{4}\b|\b08…/g) ?? [])
      .filter((state) => state !== '0A000')
      .map((state) => ({ state: state.replace('08…', '08006'), tries, longest })),
  )

  it.each(documented)('says how often a transaction is begun after $state', ({ state, tries, longest }) => {
    const rule = retryRuleOf(sqlError(state))
    expect(String(rule?.tries)).toBe(tries === 'while time is left' ? 'Infinity' : tries)
    expect(rule?.longestPauseMs).toBe(longest === 'none' ? 0 : Number.parseInt(longest, 10) * 1000)
  })

  it('has a row for many states', () => {
    expect(documented.length).toBeGreaterThan(12)
  })

  it('says the defaults of the options', () => {
    const defaults = resolveOpenOptions({ connectionString: 'postgres://host/db' })
    for (const name of ['statementTimeoutMs', 'retryTimeoutMs', 'closeTimeoutMs'] as const) {
      const written = new RegExp(`${name}: ([\\d_]+),`).exec(page)?.[1]?.replaceAll('_', '')
      expect([name, Number(written)]).toEqual([name, defaults[name]])
    }
  })
})
