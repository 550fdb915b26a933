import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { RunningCalls } from '../src/connection/running-calls.js'

it('many calls with one signal have one listener on it together, and all of them end with it', () => {
  const controller = new AbortController()
  const { signal } = controller
  const calls = new RunningCalls()
  const running = Array.from({ length: 30 }, () => calls.begin(signal))
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  for (const call of running.slice(0, 10)) call.end()
  controller.abort(new RangeError('enough'))
  const aborted = running.map((call) => call.signal.aborted)
  expect(aborted).toEqual(running.map((_, number) => number >= 10))
  expect(running[20]?.signal.reason).toEqual(new RangeError('enough'))
})

it('calls that have ended leave nothing on their signal', () => {
  const { signal } = new AbortController()
  const calls = new RunningCalls()
  for (const call of Array.from({ length: 30 }, () => calls.begin(signal))) call.end()
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  expect(calls.begin(AbortSignal.abort('over')).signal.reason).toBe('over')
})
