import { expect, it, onTestFinished, vi } from 'vitest'
import { KnownIndexes } from '../src/search/known-indexes.js'

it('an owner without an index is asked for one again after ten seconds', () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const known = new KnownIndexes()
  expect(known.find('node_vector', 't:a')).toBeUndefined()
  known.note('node_vector', 't:a', undefined)
  known.note('node_vector', 't:b', 'halfvec')
  vi.advanceTimersByTime(9_999)
  expect(known.find('node_vector', 't:a')).toBe('none')
  expect(known.find('episode_vector', 't:a')).toBeUndefined()
  vi.advanceTimersByTime(1)
  expect(known.find('node_vector', 't:a')).toBeUndefined()
  expect(known.find('node_vector', 't:b')).toBe('halfvec')
  known.forget('node_vector', 't:b')
  expect(known.find('node_vector', 't:b')).toBeUndefined()
})

it('no more than 10,000 owners are remembered', () => {
  const known = new KnownIndexes()
  const size = () =>
    Array.from({ length: 20_000 }, (_, i) => known.find('node_vector', `t:${i}`)).filter(Boolean).length
  for (let i = 0; i < 10_000; i++) known.note('node_vector', `t:${i}`, 'vector')
  expect(size()).toBe(10_000)
  known.note('node_vector', 't:10000', 'vector')
  expect(size()).toBe(1)
})
