import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { MigrationProgress } from '../src/index.js'
import { printable } from '../src/printable-text.js'
import { line, progressBar } from '../src/progress-bar.js'
import { progressLines } from '../src/progress-lines.js'

const step = (phase: MigrationProgress['phase'], done: number, total?: number) => ({ phase, done, total })

describe('plain lines', () => {
  it('come at most once every 10 %', () => {
    const written: string[] = []
    const view = progressLines((text) => written.push(text))
    view.show(step('survey', 0))
    view.show(step('survey', 500))
    for (let done = 0; done <= 1000; done++) view.show(step('copy', done, 1000))
    view.show(step('verify', 0, 3))
    for (const done of [1, 2, 3]) view.show(step('verify', done, 3))
    view.stop()
    expect(written.join('').split('\n')).toEqual([
      'reading the source',
      'copying',
      ...Array.from({ length: 10 }, (_, i) => `copying: ${i + 1}0 % (${i + 1}00 of 1000 records)`),
      'comparing',
      'comparing: 30 % (1 of 3 records)',
      'comparing: 60 % (2 of 3 records)',
      'comparing: 100 % (3 of 3 records)',
      '',
    ])
  })

  it('need no total', () => {
    const written: string[] = []
    const view = progressLines((text) => written.push(text))
    view.show(step('copy', 0, 0))
    expect(written).toEqual(['copying\n'])
  })
})

describe('the bar', () => {
  it.each<[number, MigrationProgress, string]>([
    [80, step('copy', 62, 124), `copying ${'█'.repeat(20)}${'░'.repeat(20)} 50 % (62 of 124 records)`],
    [60, step('copy', 62, 124), `copying ${'█'.repeat(13)}${'░'.repeat(13)} 50 % (62 of 124 records)`],
    [30, step('copy', 62, 124), `copying ${'█'.repeat(8)}${'░'.repeat(8)} 50 %`],
    [18, step('copy', 124, 124), 'copying 100 %'],
    [5, step('copy', 124, 124), 'copy'],
    [1, step('copy', 124, 124), ''],
    [80, step('copy', 0, 0), `copying ${'█'.repeat(40)} 100 % (0 of 0 records)`],
    [80, step('survey', 1234), 'reading the source (1234 records)'],
    [30, step('survey', 1234), 'reading the source'],
    [12, step('survey', 1234), 'reading the'],
  ])('on %i columns', (columns, progress, expected) => {
    expect(line(progress.phase, progress, columns)).toBe(expected)
  })

  it('never fills the last column', () => {
    for (let columns = 1; columns < 200; columns++) {
      for (const done of [0, 1, 999, 1000]) {
        for (const phase of ['survey', 'copy', 'verify'] as const) {
          expect(line(phase, step(phase, done, 1000), columns).length).toBeLessThan(columns)
        }
      }
    }
  })

  it('is drawn once a phase on its own line, without colours, and leaves the cursor visible', () => {
    const written: string[] = []
    const stream = Object.assign(
      new Writable({
        write(chunk, _, callback) {
          written.push(String(chunk))
          callback()
        },
      }),
      { isTTY: true, columns: 40 },
    )
    const view = progressBar(stream)
    for (const done of [0, 1, 2]) view.show(step('copy', done, 2))
    for (const done of [0, 2]) view.show(step('verify', done, 2))
    view.stop()
    view.stop()
    const output = written.join('')
    expect(output.split('\n')).toHaveLength(3)
    expect(output).toMatch(/copying █+ 100 % .*\n.*comparing █+ 100 %.*\n/s)
    // Only cursor movement and clearing, no colours.
    expect(output).not.toMatch(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`))
    expect(output.lastIndexOf('[?25h')).toBeGreaterThan(output.lastIndexOf('[?25l'))
  })
})

it('shows control characters instead of obeying them', () => {
  expect(printable('a\u001b[31m\u009b\u202e\u0000\r\tä😀\n')).toBe(
    'a\\u{1b}[31m\\u{9b}\\u{202e}\\u{0}\\u{d}\\u{9}ä😀\n',
  )
})
