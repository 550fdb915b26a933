import { describe, expect, it } from 'vitest'
import { conformance } from './command.js'

describe('npx @holdfast/conformance on the example', () => {
  it('passes, with what is left out and why', async () => {
    const { code, out } = await conformance()
    expect(out).toMatch(/^in memory\n {2}✓ harness: \d+ passed\n/)
    expect(out).toMatch(/\n {2}− reopen: \d+ left out\n/)
    expect(out).toMatch(/\n {2}\d+ left out: the backend declares durable: false\n/)
    expect(out).toMatch(/\n {2}\d+ left out: the backend declares concurrentWriters: false\n/)
    expect(out).toMatch(/\n {2}1 left out: the harness has no openAgain\n/)
    expect(out).toMatch(/\nin memory keeps the contract in what it declares that it can do\n$/)
    expect(code).toBe(0)
  })

  it('lists the same as JSON', async () => {
    const { code, out } = await conformance('--list', '--json')
    const report: unknown = JSON.parse(out)
    expect(report).toMatchObject({
      backend: 'in memory',
      counts: { passed: 0, failed: 0, problems: 0 },
      capabilities: { durable: false, keywordSearch: true },
    })
    expect(code).toBe(0)
  })
})
