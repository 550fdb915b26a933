import { describe, expect, it } from 'vitest'
import { runCli, runJson } from './run-cli.js'

describe('a run fails, with exit code 1, when', () => {
  it('no test can begin', async () => {
    const { code, report, err } = await runJson('unreachable.mjs')
    expect(report).toMatchObject({ backend: 'unreachable', passed: false })
    expect(report.counts.failed).toBeGreaterThan(140)
    expect(report.counts.notRun).toBe(0)
    const [first] = report.tests.filter(({ outcome }) => outcome === 'failed')
    expect(first?.failures.map(({ message }) => message)).toEqual(['Error: nobody listens on port 1'])
    // What the backend prints must not stand within the report.
    expect(err).toContain('looking for the server')
    expect(code).toBe(1)
  })

  it('the setup fails: then no test is run', async () => {
    const { code, report } = await runJson('no-setup.mjs')
    expect(report.problems).toMatchObject([{ what: 'setup', failure: { message: 'Error: no container' } }])
    expect(report.counts).toMatchObject({ passed: 0, failed: 0, problems: 1 })
    expect(report.counts.notRun).toBe(report.tests.length)
    expect(code).toBe(1)
  })

  it('the teardown fails', async () => {
    const { code, report } = await runJson('no-teardown.mjs')
    expect(report.problems).toMatchObject([{ what: 'teardown' }])
    expect(code).toBe(1)
  })

  it('the backend ends the process, as if with success', async () => {
    const { code, report } = await runJson('ends-the-process.mjs')
    expect(report.problems).toMatchObject([{ what: 'the run' }])
    expect(report.problems[0]?.failure.message).toContain('code 0')
    const failed = report.tests.filter(({ outcome }) => outcome === 'failed')
    expect(failed.at(-1)?.failures).toMatchObject([{ message: 'the process ended in this test' }])
    expect(report.counts.notRun).toBeGreaterThan(100)
    expect(code).toBe(1)
  })

  it('a promise is rejected that nobody waits for, in the test where it happens', async () => {
    const { code, report } = await runJson('stray-rejection.mjs')
    const [failed] = report.tests.filter(({ outcome }) => outcome === 'failed')
    const messages = failed?.failures.map(({ message }) => message)
    // Without what a terminal would obey.
    expect([...(messages ?? [])].sort()).toEqual(['Error: nobody waited for this', 'Error: red'])
    expect(report.problems).toEqual([])
    expect(code).toBe(1)
  })

  it('something keeps the process alive, which ends all the same', async () => {
    expect((await runCli('keeps-running.mjs')).code).toBe(1)
  })
})

describe('the readable report', () => {
  it('names what failed, why, and what was left out', async () => {
    const { out } = await runCli('unreachable.mjs')
    expect(out).toMatch(/^unreachable\n {2}✗ harness: /)
    expect(out).toContain('✗ vector search › ')
    expect(out).toContain('    Error: nobody listens on port 1\n    at ')
    expect(out).toMatch(/\n {2}− reopen: \d+ left out\n/)
    expect(out).toMatch(/\n {2}\d+ left out: the backend declares durable: false\n/)
    expect(out).toMatch(/\nunreachable does not keep the contract\n$/)
  })
})
