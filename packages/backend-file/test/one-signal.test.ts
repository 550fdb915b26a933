import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { temporaryDirectory } from './support/temporary-directory.js'

const scope = { tenantId: 'one' }

it('many searches with one signal have one listener on it together', async () => {
  await using backend = await FileBackend.open({ dataDir: await temporaryDirectory() })
  const nodes = Array.from({ length: 300 }, (_, number) => ({
    id: `n${number}`,
    humanContent: `word ${number}`,
    assistantContent: '',
    ...scope,
    embedding: Float32Array.of(1, number, 2),
  }))
  await backend.insertNodes(nodes)
  const controller = new AbortController()
  const { signal } = controller
  const query = Float32Array.of(1, 2, 3)
  const search = (each: number) =>
    each % 2 === 0
      ? backend.vectorSearch(query, scope, { topK: 3, minScore: -1, signal })
      : backend.keywordSearch('word', scope, { topK: 3, signal })
  const asked = () => Promise.all(Array.from({ length: 40 }, (_, each) => search(each)))
  let most = 0
  let isOver = false
  const watch = async () => {
    for (; !isOver; await setImmediate()) most = Math.max(most, getEventListeners(signal, 'abort').length)
  }
  const watching = watch()
  const found = await asked()
  isOver = true
  await watching
  expect(found.every((each) => each.length === 3)).toBe(true)
  // The control: they did listen.
  expect(most).toBe(1)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  const aborted = asked()
  controller.abort(new RangeError('enough'))
  await expect(aborted).rejects.toThrow('enough')
})
