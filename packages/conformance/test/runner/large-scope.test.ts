import { describe, expect, it } from 'vitest'
import { runCli, runJson } from './run-cli.js'

const note =
  '  smaller than usual: 2,500 nodes are deleted at once, not 100,000 (largeScope of the harness)\n'

describe('how many records are deleted at once', () => {
  it('is 100,000 where the harness says nothing', async () => {
    const { report } = await runJson('--list', 'unreachable.mjs')
    expect(report.largeScope).toBe(100_000)
    const titles = report.tests.filter(({ suite }) => suite === 'delete all').map(({ title }) => title)
    expect(titles).toEqual([
      'deletes a scope whole, and for good: 100,000 nodes and 10,000 episodes',
      'deletes every one of 100,000 ids in one call, and no other',
    ])
    expect((await runCli('--list', 'unreachable.mjs')).out).not.toContain('smaller than usual')
    expect((await runCli('unreachable.mjs')).out).not.toContain('smaller than usual')
  })

  it('stands in every report where the harness says less', async () => {
    const { report } = await runJson('--list', 'smaller-scope.mjs')
    expect(report.largeScope).toBe(2_500)
    const titles = report.tests.map(({ title }) => title)
    expect(titles).toContain('deletes every one of 2,500 ids in one call, and no other')
    expect((await runCli('--list', 'smaller-scope.mjs')).out).toContain(note)
    expect((await runCli('smaller-scope.mjs')).out).toContain(note)
  })
})
