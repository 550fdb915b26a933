import { describe, expect, it } from 'vitest'
import { type Report, runCli, runJson } from './run-cli.js'

const titles = (tests: Report['tests'] | Report['leftOut']) =>
  tests.map(({ suite, title }) => `${suite}: ${title}`)

describe('what a backend declares that it cannot do', () => {
  it('leaves out nothing where all is true', async () => {
    const { code, report } = await runJson('--list', 'everything.mjs')
    expect(report.leftOut).toEqual([])
    expect(report.tests.length).toBeGreaterThan(150)
    expect(code).toBe(0)
  })

  it('leaves out tests that are named with the reason, and nothing else', async () => {
    const { report: all } = await runJson('--list', 'everything.mjs')
    const { report: none } = await runJson('--list', 'nothing.mjs')
    const shown = new Set([...titles(none.tests), ...titles(none.leftOut)])
    expect(titles(all.tests).filter((title) => !shown.has(title))).toEqual([])
    expect(titles(none.leftOut).filter((title) => titles(none.tests).includes(title))).toEqual([])
    const reasons = new Map(none.leftOut.map(({ suite, title, needs }) => [`${suite}: ${title}`, needs]))
    expect(reasons.get('update: sets, leaves and takes away the vector')).toEqual(['update'])
    expect(
      new Set(none.leftOut.filter(({ suite }) => suite === 'reopen').flatMap(({ needs }) => needs)),
    ).toEqual(new Set(['durable']))
    expect(reasons.get('concurrent writers: locks out a second one until the first is closed')).toEqual([])
    expect(reasons.get('keyword search: finds the same after it was opened anew')).toEqual([
      'durable',
      'keywordSearch',
    ])
  })

  it('is tested instead: the calls must reject', async () => {
    const { report } = await runJson('--list', 'nothing.mjs')
    expect(titles(report.tests)).toEqual(
      expect.arrayContaining([
        'keyword search: is not supported, as declared',
        'update: is not supported, as declared, and changes nothing',
        'delete: is not supported, as declared, and deletes nothing',
      ]),
    )
  })

  it('stands in the list with the reason', async () => {
    const { code, out } = await runCli('--list', 'nothing.mjs')
    expect(out).toContain(
      '    − breaks ties by insertion order and stops at topK, 10 unless told (left out: ',
    )
    expect(out).toContain('(left out: the backend declares keywordSearch: false)\n')
    expect(out).toMatch(/\n\d+ tests, \d+ left out\n$/)
    expect(code).toBe(0)
  })
})
