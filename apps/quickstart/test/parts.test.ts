import { readFile } from 'node:fs/promises'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { compareAnswers } from '../src/compare-answers.js'
import type { Answer, Finding } from '../src/interview.js'
import { Narrator } from '../src/narrator.js'
import { fitColumns, plainText } from '../src/plain-text.js'
import { sampleQuestions, sampleTenants } from '../src/sample-questions.js'

describe('sampleQuestions', () => {
  it('are those of the fixture for the asking tenant', async () => {
    const url = new URL('../../../fixtures/make/queries.json', import.meta.url)
    const { queries }: { queries: readonly Record<string, string>[] } = JSON.parse(
      await readFile(url, 'utf8'),
    )
    expect(sampleQuestions).toEqual(
      queries
        .filter(({ tenant_id }) => tenant_id === sampleTenants.asking)
        .map(({ question, conversation_id }) => ({ question, conversationId: conversation_id })),
    )
  })
})

describe('compareAnswers', () => {
  const base = answer([
    ['a', 0.9],
    ['b', 0.5],
  ])

  it.each<[string, readonly [string, number][], boolean]>([
    [
      'the same',
      [
        ['a', 0.9],
        ['b', 0.5],
      ],
      true,
    ],
    [
      'scores apart by less than the tolerance',
      [
        ['a', 0.900009],
        ['b', 0.5],
      ],
      true,
    ],
    [
      'scores apart by more',
      [
        ['a', 0.90002],
        ['b', 0.5],
      ],
      false,
    ],
    [
      'another memory',
      [
        ['a', 0.9],
        ['c', 0.5],
      ],
      true,
    ],
    [
      'another memory that is no tie',
      [
        ['c', 0.9],
        ['b', 0.5],
      ],
      false,
    ],
    ['one less', [['a', 0.9]], false],
    [
      'one more',
      [
        ['a', 0.9],
        ['b', 0.5],
        ['c', 0.4],
      ],
      false,
    ],
  ])('judges %s', (_, found, same) => {
    expect(compareAnswers(base, answer(found)).same).toBe(same)
  })

  it('gives the largest difference', () => {
    expect(
      compareAnswers(
        base,
        answer([
          ['a', 0.9],
          ['b', 0.75],
        ]),
      ).largestDifference,
    ).toBe(0.25)
  })
})

describe('plainText', () => {
  it('leaves nothing that a terminal acts on', () => {
    expect(plainText('\u001b[31mred\u001b[0m\r\n\tnext\u0007 \u202eturned\u2028end ')).toBe(
      'red next turned end',
    )
  })
})

describe('Narrator', () => {
  const texts = [
    'short',
    '電池が充電できません。充電器のランプがオレンジ色です。',
    '👩‍👩‍👧‍👦 a family 🚲 by bike',
    'x'.repeat(200),
  ]

  it.each([24, 40, 80])('keeps every line within %i columns', (columns) => {
    for (const text of texts) {
      let written = ''
      const write = (part: string) => {
        written += part
      }
      const narrator = new Narrator({ columns, isInteractive: false, hasColors: false, write })
      narrator.title(text)
      narrator.chapter(text)
      narrator.say(text)
      narrator.item(text)
      narrator.confirm(text)
      narrator.complain(text)
      narrator.ask(text)
      narrator.memory(0.5, text, `mem_${text}`)
      narrator.command('npx -y pnpm@12 migrator copy --from file:./data --to pglite:./data-pg')
      expect(written).toContain('0.500')
      expect(Math.max(...written.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns)
    }
  })

  it('cuts a text at a whole character', () => {
    expect(fitColumns('ab👩‍👩‍👧‍👦cd', 6)).toBe('ab👩‍👩‍👧‍👦cd')
    expect(fitColumns('ab👩‍👩‍👧‍👦cd', 4)).toBe('ab…')
    expect(fitColumns('電池電池', 6)).toBe('電池…')
  })
})

function answer(found: readonly (readonly [string, number])[]): Answer {
  const exchanges = found.map(([id, score]): Finding => ({ key: id, id, text: id, score }))
  return { question: { text: 'q', query: 'q' }, exchanges, conversations: [], context: '' }
}
