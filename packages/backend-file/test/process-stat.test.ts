import { expect, it } from 'vitest'
import { parseProcessStat } from '../src/lock/process-stat.js'

const stat = (name: string, state: string, threads = 1) =>
  `4711 (${name}) ${state} 1 4711 4711 0 -1 4194560 9 0 0 0 1 2 0 0 20 0 ${threads} 0 123456 0 0 18446744073709551615\n`

it.each(['R', 'S', 'D', 'T', 't', 'I'])('takes a process in state %s for alive', (state) => {
  expect(parseProcessStat(stat('node', state))).toEqual({ hasEnded: false, startTime: '123456' })
})

it.each(['Z', 'X', 'x'])('takes a process in state %s for dead', (state) => {
  expect(parseProcessStat(stat('node', state))).toEqual({ hasEnded: true, startTime: '123456' })
})

it('is not misled by the name of the command', () => {
  expect(parseProcessStat(stat('a) Z 1 (b', 'S'))).toEqual({ hasEnded: false, startTime: '123456' })
  expect(parseProcessStat(stat('a) S 1 (b', 'Z'))).toEqual({ hasEnded: true, startTime: '123456' })
})

it('takes a process for alive whose first thread has ended and another has not', () => {
  expect(parseProcessStat(stat('node', 'Z', 2)).hasEnded).toBe(false)
})
