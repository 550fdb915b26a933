import { setImmediate } from 'node:timers/promises'
import type { NodeFilter } from '@holdfast/core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { RecordIndex } from '../../src/records/record-index.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const acme = { tenantId: 'acme' }
const count = 6000

/** How many rows may be looked at in one turn: of two slices, when one ends and the other begins in it. */
const [byIndex, byTexts] = [2048, 400]

it.each<[string, number, NodeFilter]>([
  ['ids', byIndex, { ids: Array.from({ length: count }, (_, at) => `n${at * 3}`) }],
  ['a user', byIndex, { userId: 'u1' }],
  ['a cluster', byIndex, { clusterId: 7 }],
  ['what stands in the texts', byTexts, { hasCode: false, source: ['a', 'unknown'] }],
])('a filter on %s leaves the event loop its turns', async (_, bound, filter) => {
  const dataDir = await temporaryDirectory()
  await using backend = await FileBackend.open({ dataDir, durability: 'off' })
  await backend.insertNodes(
    Array.from({ length: count }, (_, at) => {
      const node = { id: `n${at}`, ...acme, userId: `u${at % 3}`, clusterId: at % 3 === 1 ? 7 : null }
      return { ...node, source: 'a', humanContent: 'question', assistantContent: '' }
    }),
  )
  // Its texts stand one after the other then, and are read together.
  await backend.admin.compact()
  // Every look at the clock says that it is time for others.
  let now = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 10))
  onTestFinished(() => clock.mockRestore())
  const looks = ['id', 'owner', 'clusterId', 'text'] as const
  let [inThisTurn, most, isOver] = [0, 0, false]
  for (const look of looks) {
    const original = RecordIndex.prototype[look] as (this: RecordIndex, row: number) => unknown
    const spy = vi.spyOn(RecordIndex.prototype, look).mockImplementation(function (this: RecordIndex, row) {
      inThisTurn += 1
      most = Math.max(most, inThisTurn)
      return original.call(this, row) as never
    })
    onTestFinished(() => spy.mockRestore())
  }
  const counting = backend.countNodes(acme, { filter }).finally(() => {
    isOver = true
  })
  while (!isOver) {
    await setImmediate()
    inThisTurn = 0
  }
  expect(await counting).toBe(filter.source === undefined ? count / 3 : count)
  expect(most).toBeGreaterThan(100)
  expect(most).toBeLessThanOrEqual(bound)
})

it('a filter that is given up while it is looked at ends then', async () => {
  const dataDir = await temporaryDirectory()
  await using backend = await FileBackend.open({ dataDir, durability: 'off' })
  await backend.insertNodes(
    Array.from({ length: count }, (_, at) => {
      return { id: `n${at}`, ...acme, humanContent: '', assistantContent: '' }
    }),
  )
  let now = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 10))
  onTestFinished(() => clock.mockRestore())
  const looks = vi.spyOn(RecordIndex.prototype, 'id')
  onTestFinished(() => looks.mockRestore())
  const controller = new AbortController()
  const counting = backend.countNodes(acme, { filter: { ids: 'n5' }, signal: controller.signal })
  const ended = expect(counting).rejects.toThrow('enough')
  while (looks.mock.calls.length === 0) await setImmediate()
  controller.abort(new Error('enough'))
  await ended
  expect(looks.mock.calls.length).toBeLessThan(count)
})
