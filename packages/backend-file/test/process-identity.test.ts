import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { mayBeAlive, ownIdentity } from '../src/lock/process-identity.js'

/** As for a process of another user. */
function forbidSignals() {
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('kill'), { code: 'EPERM' })
  })
  onTestFinished(() => kill.mockRestore())
}

describe('a process that we may not send a signal', () => {
  it('may be alive', async () => {
    const own = await ownIdentity()
    forbidSignals()
    expect(await mayBeAlive(own, own)).toBe(true)
    expect(await mayBeAlive({ ...own, pid: 999_999_999 }, own)).toBe(true)
  })

  it('is not the one that had its pid before', async () => {
    const own = await ownIdentity()
    forbidSignals()
    expect(await mayBeAlive({ ...own, startTime: '1' }, own)).toBe(false)
    expect(await mayBeAlive({ ...own, startTime: null }, own)).toBe(true)
  })
})
