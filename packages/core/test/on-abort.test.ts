import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { onAbort } from '../src/on-abort.js'

it('calls every listener once, the same one as often as it was given', () => {
  const controller = new AbortController()
  let calls = 0
  const listener = () => {
    calls += 1
  }
  for (let count = 0; count < 20; count++) onAbort(controller.signal, listener)
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  controller.abort()
  expect(calls).toBe(20)
})

it('calls none that was taken back, also by one that was called before', () => {
  const controller = new AbortController()
  const called: string[] = []
  const off = onAbort(controller.signal, () => called.push('taken back'))
  onAbort(controller.signal, () => {
    called.push('first')
    last()
  })
  const last = onAbort(controller.signal, () => called.push('last'))
  off()
  off()
  controller.abort()
  expect(called).toEqual(['first'])
})

it('leaves nothing on a signal that nobody listens to any more, and can begin again', () => {
  const { signal } = new AbortController()
  for (let round = 0; round < 3; round++) {
    const off = [1, 2, 3].map(() => onAbort(signal, () => {}))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    for (const each of off) each()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  }
})

it('calls nothing for a signal that is aborted already, or for none', () => {
  const calls: string[] = []
  onAbort(AbortSignal.abort(), () => calls.push('aborted'))()
  onAbort(undefined, () => calls.push('none'))()
  expect(calls).toEqual([])
})
