import { MemoryError } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import type { CommitMark } from '../src/connection/commit-mark.js'
import { commitOutcome } from '../src/connection/commit-outcome.js'
import { losesConnection, retryRuleOf } from '../src/connection/failure.js'
import { pause, RetrySchedule } from '../src/connection/retry-schedule.js'
import type { RowSet, Send } from '../src/connection/session.js'
import { toMemoryError } from '../src/connection/sql-error.js'
import { socketError, sqlError } from './support/faulty-pool.js'

const signal = new AbortController().signal

describe('the table of errors', () => {
  const again =
    '08000 08003 08006 08P01 25006 25P03 26000 42P05 40001 40P01 53300 53400 55P03 57P01 57P02 57P03'
  const never =
    '0A000 22023 23505 25P04 28P01 3D000 40002 42501 42P01 53100 53200 54000 57014 57P04 58030 XX001'

  it.each(again.split(' '))('begins again after %s', (state) => {
    expect(retryRuleOf(sqlError(state))?.tries).toBeGreaterThan(1)
    expect(retryRuleOf(new MemoryError('CONNECTION', 'of us', { cause: sqlError(state) }))).toBeDefined()
  })

  it.each(never.split(' '))('does not begin again after %s', (state) => {
    expect(retryRuleOf(sqlError(state))).toBeUndefined()
    expect(toMemoryError(sqlError(state))).toBeInstanceOf(MemoryError)
  })

  it.each([
    socketError(),
    Object.assign(new Error(), { code: 'ECONNREFUSED', syscall: 'connect' }),
    Object.assign(new Error(), { code: 'ENOENT', syscall: 'connect' }),
    new Error('Connection terminated unexpectedly'),
    new Error('Client has encountered a connection error and is not queryable'),
  ])('begins again after %s', (error) => {
    expect(retryRuleOf(error)?.tries).toBe(Number.POSITIVE_INFINITY)
    expect(losesConnection(error)).toBe(true)
  })

  it.each([
    new Error('Query read timeout'),
    new Error('timeout exceeded when trying to connect'),
    Object.assign(new Error(), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }),
    Object.assign(new Error(), { code: 'ENOENT', syscall: 'open' }),
    new MemoryError('DUPLICATE_ID'),
    new TypeError('of the program'),
  ])('does not begin again after %s', (error) => {
    expect(retryRuleOf(error)).toBeUndefined()
  })

  it('knows which errors leave a connection that can be used again', () => {
    expect(['40001', '23505', '57014', '53100'].filter((state) => losesConnection(sqlError(state)))).toEqual(
      [],
    )
    const lost = ['08006', '57P01', '57P02', '25006', '26000', '25P03']
    expect(lost.filter((state) => losesConnection(sqlError(state)))).toEqual(lost)
  })
})

describe('the pauses', () => {
  const rule = { tries: 6, firstPauseMs: 50, longestPauseMs: 300 }

  it('double up to the longest, and are a random part of that', () => {
    const schedule = (part: number) => {
      const pauses = new RetrySchedule(60_000, () => part)
      return Array.from({ length: 7 }, () => pauses.next(rule))
    }
    expect(schedule(1)).toEqual([50, 100, 200, 300, 300, undefined, undefined])
    expect(schedule(0)).toEqual([0, 0, 0, 0, 0, undefined, undefined])
    expect(schedule(0.5).slice(0, 3)).toEqual([25, 50, 100])
  })

  it('are counted for each kind of failure', () => {
    const schedule = new RetrySchedule(60_000, () => 1)
    const other = { tries: 2, firstPauseMs: 10, longestPauseMs: 1000 }
    expect([schedule.next(rule), schedule.next(rule), schedule.next(other), schedule.next(other)]).toEqual([
      ...[50, 100, 40, undefined],
    ])
  })

  it('end with the time', () => {
    expect(new RetrySchedule(0).next(rule)).toBeUndefined()
    expect(new RetrySchedule(10, () => 1).next(rule)).toBeLessThanOrEqual(10)
    expect(new RetrySchedule(1000).next(undefined)).toBeUndefined()
  })

  it('end with the signal, and reject with its reason', async () => {
    const controller = new AbortController()
    const waiting = pause(2 ** 30, controller.signal)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
  })
})

describe('the outcome of a commit', () => {
  const mark: CommitMark = { xid: String(2 ** 33 + 700), backendPid: 7, serverLife: 'first' }
  const rows = (...values: (string | null)[]): RowSet => ({
    rows: values.length === 0 ? [] : [values],
    rowCount: 1,
    command: 'SELECT',
  })
  type Answer = RowSet | Error
  const outcome = (answers: Answer[], totalMs = 60_000, sent: string[] = []) => {
    const send: Send = async (text) => {
      sent.push(text)
      const answer = answers.shift() ?? rows('first', 'in progress')
      if (answer instanceof Error) throw answer
      return answer
    }
    return commitOutcome((ask) => ask(send), mark, totalMs, signal)
  }

  it.each([
    ['committed', [rows('first', 'committed')]],
    ['aborted', [rows('first', 'aborted')]],
    ['aborted', [rows('second', 'aborted')]],
    // The server never heard of it: nothing of it had reached the disk.
    ['aborted', [sqlError('22023')]],
    ['committed', [rows('first', 'in progress'), rows('first', 'committed')]],
    ['committed', [socketError(), sqlError('57P03'), sqlError('53300'), rows('first', 'committed')]],
    // Too old for the server to know, or the server is a replica.
    ['unknown', [rows('first', null)]],
    ['unknown', [sqlError('42501')]],
    ['unknown', []],
    // A server that was started anew may have given the number out again.
    ['unknown', [rows('second', 'committed'), rows('2', '701')]],
    ['aborted', [rows('second', 'committed'), rows('2', '700')]],
    ['aborted', [rows('second', 'committed'), rows('1', '4000000000')]],
    ['unknown', [rows('second', 'committed'), rows()]],
    ['unknown', [rows('second', 'committed'), sqlError('42501')]],
  ] as const)('is %s', async (expected, answers) => {
    expect(await outcome([...answers], answers.length === 0 ? 20 : undefined)).toBe(expected)
  })

  it('is asked for at least once, whatever the time', async () => {
    expect(await outcome([rows('first', 'committed')], 0)).toBe('committed')
    expect(await outcome([socketError()], 0)).toBe('unknown')
  })

  it('makes the server end a transaction whose client is gone, but not at once', async () => {
    const sent: string[] = []
    const waiting = Array.from({ length: 4 }, () => rows('first', 'in progress'))
    expect(await outcome([...waiting, rows('t'), rows('first', 'aborted')], 60_000, sent)).toBe('aborted')
    expect(sent.map((text) => text.includes('pg_terminate_backend'))).toEqual([
      ...[false, false, false, false, true, false],
    ])
  })
})
