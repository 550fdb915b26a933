import { EventEmitter } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { LeasedClient } from '../src/connection/leased-client.js'
import type { PooledClient, StatementResult } from '../src/connection/queryable-pool.js'

const logger = { debug() {}, info() {}, warn() {}, error() {} }

/** A client whose socket is full until it says that it has drained, and whose statements end when they are told to. */
function stalledClient() {
  const stream = Object.assign(new EventEmitter(), { writableNeedDrain: true })
  let end = { answer: (_: StatementResult) => {}, fail: (_: Error) => {} }
  const parts = {
    processID: 1,
    connection: { stream, sendCopyFromChunk() {} },
    query(statement: object) {
      // COPY is a statement that is called back.
      if ('callback' in statement && typeof statement.callback === 'function') {
        const callback = statement.callback.bind(statement)
        end = { answer: () => callback(null), fail: callback }
        return statement
      }
      return new Promise<StatementResult>((answer, fail) => {
        end = { answer, fail }
      })
    },
    release() {},
  }
  const client: PooledClient = Object.assign(new EventEmitter(), parts) as never
  return { client, stream, end: () => end }
}

const ways = ['a statement', 'COPY'] as const

it.each(ways)('%s that is given up is not waited for until its bytes have left', async (way) => {
  const { client, stream, end } = stalledClient()
  const leased = new LeasedClient(client, logger, undefined)
  const running =
    way === 'COPY' ? leased.copy?.([{ text: 'COPY', parts: [Buffer.alloc(1)] }]) : leased.send('INSERT')
  const failed = expect(running).rejects.toThrow('Query read timeout')
  let isSent = false
  const sent = leased.sent().then(() => {
    isSent = true
  })
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  // A control: it is waited for as long as it goes on.
  expect(isSent).toBe(false)
  expect(stream.listenerCount('drain')).toBe(1)
  end().fail(new Error('Query read timeout'))
  await Promise.all([failed, sent])
  expect(leased.lost).toBe(true)
})

it.each(ways)('%s goes on when its bytes have left', async (way) => {
  const { client, stream, end } = stalledClient()
  const leased = new LeasedClient(client, logger, undefined)
  const running =
    way === 'COPY' ? leased.copy?.([{ text: 'COPY', parts: [Buffer.alloc(1)] }]) : leased.send('INSERT')
  const sent = leased.sent()
  await nextTurn()
  await nextTurn()
  expect(stream.emit('drain')).toBe(true)
  await sent
  end().answer({ rows: [], rowCount: 0 })
  await running
  expect(leased.lost).toBe(false)
})
