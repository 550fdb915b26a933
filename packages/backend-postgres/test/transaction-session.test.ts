import { expect, it } from 'vitest'
import type { Command } from '../src/connection/command.js'
import type { RowSet, SendAll } from '../src/connection/session.js'
import { TransactionSession } from '../src/connection/transaction-session.js'

const owner = { kind: 'owner', ownerKey: 't:a' } as const
const roles = { app: 'app', admin: 'admin' }
const nothing: RowSet = { rows: [], rowCount: 0, command: 'SELECT' }

/** A session over a server of which only the answers are known; every group that it sends, by the starts of its texts. */
function sessionOver(
  answer: (commands: readonly Command[], turn: number) => Promise<readonly RowSet[]>,
  marked = false,
) {
  const sent: string[][] = []
  const sendAll: SendAll = (commands) => {
    sent.push(commands.map(({ text }) => text.split(/[ (]/)[0] + (text.includes('set_config') ? ' set' : '')))
    return answer(commands, sent.length)
  }
  const session = new TransactionSession(
    sendAll,
    {
      ...{ roles, statementTimeoutMs: undefined, signal: new AbortController().signal },
      ...{ marked, copy: undefined, series: undefined, sent: async () => {} },
    },
    'BEGIN',
    owner,
    [],
  )
  return { session, sent }
}

const beginning = ['BEGIN', 'SELECT set']

it('begins anew for its scope after a last statement whose row could not be read', async () => {
  const { session, sent } = sessionOver(async (commands) => {
    for (const { onRow } of commands) onRow?.(['x'])
    return commands.map(() => nothing)
  })
  const reading = session.readLast('TABLE', [], () => {
    throw new RangeError('not this one')
  })
  await expect(reading).rejects.toThrow('not this one')
  expect(session.isOpen).toBe(false)
  await session.query('DELETE')
  expect(sent).toEqual([
    [...beginning, 'TABLE', 'COMMIT'],
    [...beginning, 'DELETE'],
  ])
  expect(session.isOpen).toBe(true)
})

it('leaves the commit of what it writes to whoever asks for its outcome', async () => {
  const mark = { ...nothing, rows: [['7', '1', 'life']] }
  const { session, sent } = sessionOver(async (commands) => commands.map(() => mark), true)
  await session.readLast('DELETE', [], () => {})
  expect(sent).toEqual([[...beginning, 'DELETE']])
  expect(session.isOpen).toBe(true)
  expect(session.mark).toEqual({ xid: '7', backendPid: 1, serverLife: 'life' })
})

it('sends no statement when what begins it has failed', async () => {
  const { session, sent } = sessionOver(async (_, turn) => {
    if (turn === 1) throw new Error('BEGIN was refused')
    return [nothing]
  })
  await expect(session.query('TABLE')).rejects.toThrow('BEGIN was refused')
  await expect(session.query('DELETE')).rejects.toThrow('BEGIN was refused')
  await expect(session.become(owner)).rejects.toThrow('BEGIN was refused')
  expect(sent).toEqual([[...beginning, 'TABLE']])
  expect(session.isOpen).toBe(true)
})

it('sends no statement while what begins it is under way', async () => {
  let answer = () => {}
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  const { session, sent } = sessionOver(async (commands, turn) => {
    if (turn === 1) await answered
    return commands.map(() => nothing)
  })
  const both = Promise.all([session.query('TABLE'), session.query('DELETE')])
  await new Promise(setImmediate)
  expect(sent).toEqual([[...beginning, 'TABLE']])
  answer()
  await both
  expect(sent.slice(1)).toEqual([['DELETE']])
})
