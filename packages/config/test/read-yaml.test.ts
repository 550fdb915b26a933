// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration, not of a template
import { describe, expect, it } from 'vitest'
import { readYaml } from '../src/read-yaml.js'

const read = (source: string) => readYaml(source, 'config.yaml')

describe('readYaml', () => {
  it('keeps every scalar as it is written, but for null', () => {
    const source = 'a: 0123\nb: on\nc: 1e3\nd: null\ne: ~\nf:\ng: "null"\nh: 2026-01-01\ni: "1"\nj: Null'
    expect(read(source)).toEqual({
      a: '0123',
      b: 'on',
      c: '1e3',
      d: null,
      e: null,
      f: null,
      g: 'null',
      h: '2026-01-01',
      i: '1',
      j: null,
    })
  })

  it.each([
    ['a block', 'p: ${X}\nq: ${Y:-a b}', { p: '${X}', q: '${Y:-a b}' }],
    ['a flow mapping', 'p: { q: ${X}, r: ${Y:-} }', { p: { q: '${X}', r: '${Y:-}' } }],
    ['a flow list', '[${X}, $${Y}]', ['${X}', '$${Y}']],
    ['quotes', 'p: "${X}"\nq: \'${Y}\'', { p: '${X}', q: '${Y}' }],
    ['a text with private characters', 'p: \ue000${X}\ue001', { p: '\ue000${X}\ue001' }],
  ])('reads variables in %s', (_, source, expected) => {
    expect(read(source)).toEqual(expected)
  })

  it('takes the tags of plain data', () => {
    expect(read('a: !!str x\nb: !!map {}\nc: !!seq []\nd: ! y')).toEqual({ a: 'x', b: {}, c: [], d: 'y' })
  })

  it('reads anchors and merge keys', () => {
    expect(read('a: &a { x: 1 }\nb: { <<: *a, y: 2 }')).toEqual({ a: { x: '1' }, b: { x: '1', y: '2' } })
  })

  it('reads nothing at all', () => {
    expect(read('')).toBeNull()
    expect(read('\ufeff# only a comment\n')).toBeNull()
  })

  it.each([
    ['a key given twice', 'paths: 1\nmemory:\n  x: s3cret\n  x: s3cret', 'config.yaml:4:3: duplicate key'],
    ['a quote that is not closed', 'a: "s3cret', 'config.yaml:1:11: missing char'],
    ['a tab', 'a:\n\t- s3cret', 'config.yaml:2:1: tab as indent'],
    ['a colon in a value', '# ${X}\npassword: s3cret: x', 'config.yaml:2:11: block as implicit key'],
    [
      'an object of Python',
      'a: 1\nb: !!python/object:os.system {s3cret: 1}',
      'config.yaml:2:30: a tag that is none of plain data',
    ],
    ['a function', 'b: !!js/function "s3cret"', 'config.yaml:1:18: a tag that is none of plain data'],
    ['a tag of its own', 'b: [!s3cret x]', 'config.yaml:1:13: a tag that is none of plain data'],
    ['two documents', 'a: 1\n---\ns3cret: 1', 'config.yaml:2:1: multiple docs'],
    [
      'an alias without an anchor',
      'password: *s3cret',
      'config.yaml: it has an alias without an anchor, or too many aliases',
    ],
    ['a circle', 's3cret: &a [*a]', 'config.yaml: it has an alias without an anchor, or too many aliases'],
    [
      'aliases that explode',
      `a: &a [${'1,'.repeat(20)}]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]`,
      'config.yaml: it has an alias without an anchor, or too many aliases',
    ],
  ])('refuses %s and shows nothing of the text', (_, source, message) => {
    expect(() => read(source)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message }))
  })
})
