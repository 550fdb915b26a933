import { describe, expect, it } from 'vitest'
import type { MaintainOptions, ResolvedMaintain } from '../src/index.js'
import { codeOf } from './support/catching.js'
import { FakeBackend } from './support/fake-backend.js'

/** What the driver is asked for. */
function asked({ calls }: FakeBackend): readonly unknown[] {
  return calls.flatMap(({ method, args }) => (method === 'maintain' ? args : []))
}

describe('admin.maintain', () => {
  it('fills in the defaults', async () => {
    const backend = new FakeBackend()
    expect(await backend.admin.maintain()).toEqual({ indexes: [] })
    const [{ onProgress, ...rest }] = asked(backend) as [ResolvedMaintain, unknown]
    expect(rest).toEqual({ minRows: 20_000, minRecall: 0.95, maxIndexes: 64 })
    expect(onProgress({ step: 'survey', owner: undefined, done: 0, total: 0 })).toBeUndefined()
  })

  it('passes on what it is given', async () => {
    const backend = new FakeBackend()
    const given = { minRows: 1, minRecall: 1, maxIndexes: 0, onProgress: () => {} }
    await backend.admin.maintain(given)
    expect(asked(backend)).toEqual([given, { signal: undefined }])
  })

  it.each([
    [{ minRows: 0 }, 'RangeError'],
    [{ minRows: 1.5 }, 'TypeError'],
    [{ minRecall: 1.1 }, 'RangeError'],
    [{ minRecall: -0.1 }, 'RangeError'],
    [{ minRecall: Number.NaN }, 'TypeError'],
    [{ maxIndexes: -1 }, 'RangeError'],
    [{ maxIndexes: 1001 }, 'RangeError'],
    [{ onProgress: 1 }, 'TypeError'],
    [{ unknown: 1 }, 'TypeError'],
  ])('refuses %j', async (options, error) => {
    const backend = new FakeBackend()
    expect(await codeOf(() => backend.admin.maintain(options as MaintainOptions))).toBe(error)
    expect(asked(backend)).toEqual([])
  })
})
