import { expect, it } from 'vitest'
import { CopyStatement } from '../src/connection/copy-statement.js'
import type { HandedStatement, Wire, WireClient } from '../src/connection/own-statement.js'

/** A connection that takes a part when it is told to, and notes what is written. */
function heldConnection() {
  const written: string[] = []
  const waiting: (() => void)[] = []
  const note = (what: string) => () => {
    written.push(what)
  }
  const stream = { writable: true, write: (bytes: Buffer) => written.push(`${bytes.length} bytes`) }
  const wire: Wire = {
    stream,
    parse: note('COPY'),
    bind() {},
    execute() {},
    sync: note('Sync'),
    endCopyFrom: note('CopyDone'),
    sendCopyFail: note('CopyFail'),
  }
  const handed: HandedStatement[] = []
  const client = {
    query(statement: HandedStatement) {
      handed.push(statement)
      statement.submit(wire)
    },
  } as unknown as WireClient
  const sent = () => new Promise<void>((resolve) => waiting.push(resolve))
  /** Until nothing is left to be taken. */
  const take = () => waiting.shift()?.()
  return { written, stream, client, sent, take, handed }
}

const megabyte = Buffer.alloc(1 << 20)

/** A COPY of some parts, with how many of them were made. */
function copyOf(count: number, fails = Number.POSITIVE_INFINITY) {
  const state = { made: 0 }
  function* parts() {
    for (let part = 0; part < count; part++) {
      if (part === fails) throw new RangeError('a row that cannot be made')
      state.made += 1
      yield megabyte
    }
  }
  return { state, copy: { text: 'COPY a', parts: { [Symbol.iterator]: parts } } }
}

const turns = async () => {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
}

it('makes up to 8 MiB ahead of what the connection takes, and no more', async () => {
  const { client, sent, take, written, handed } = heldConnection()
  const { state, copy } = copyOf(30)
  const running = new CopyStatement([copy], { sent, patienceMs: undefined }).run(client)
  await turns()
  expect(written).toEqual(['COPY'])
  expect(state.made).toBe(8)
  take()
  await turns()
  expect(written).toEqual(['COPY', `${1 << 20} bytes`])
  expect(state.made).toBe(9)
  for (let part = 0; part < 40; part++) {
    take()
    await turns()
  }
  expect(state.made).toBe(30)
  expect(written.slice(-2)).toEqual(['CopyDone', 'Sync'])
  handed[0]?.handleReadyForQuery()
  await running
})

it('makes nothing more once the server has refused something', async () => {
  const { client, sent, take, written, handed } = heldConnection()
  const { state, copy } = copyOf(30)
  const running = new CopyStatement([copy], { sent, patienceMs: undefined }).run(client)
  await turns()
  handed[0]?.handleError(new Error('refused'))
  await expect(running).rejects.toThrow('refused')
  take()
  await turns()
  expect(written).toEqual(['COPY', 'Sync'])
  expect(state.made).toBe(8)
})

it('ends the COPY when a part cannot be made, though those before it wait to be sent', async () => {
  const { client, sent, take, written, handed } = heldConnection()
  const { copy } = copyOf(30, 3)
  const running = new CopyStatement([copy], { sent, patienceMs: undefined }).run(client)
  await turns()
  take()
  await turns()
  expect(written).toEqual(['COPY', 'CopyFail', 'Sync'])
  handed[0]?.handleReadyForQuery()
  await expect(running).rejects.toThrow('a row that cannot be made')
})

it('writes nothing to a connection that is closed', async () => {
  const { client, sent, take, written, stream, handed } = heldConnection()
  const { copy } = copyOf(2)
  const running = new CopyStatement([copy], { sent, patienceMs: undefined }).run(client)
  stream.writable = false
  for (let part = 0; part < 6; part++) {
    await turns()
    take()
  }
  await turns()
  expect(written.filter((what) => what.endsWith('bytes'))).toEqual([])
  handed[0]?.handleError(new Error('closed'))
  await expect(running).rejects.toThrow('closed')
})
