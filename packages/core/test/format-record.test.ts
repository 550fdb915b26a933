import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { episodeFields, floatFields, nodeFields, toSnakeCase } from '../src/field-names.js'
import {
  type EpisodicMemory,
  formatEpisode,
  formatNode,
  type MemoryNode,
  parseEpisodicMemory,
  parseMemoryNode,
} from '../src/index.js'
import { formatPythonJson, PythonFloat, type PythonValue } from '../src/python-json.js'
import { formatPythonString } from '../src/python-string.js'
import { anyText, seed } from './support/seed.js'

/** A literal made unit by unit, with nothing but the rules of Python's `json.dumps`. */
function literalOf(text: string): string {
  const short = new Map(
    Object.entries({ '"': '"', '\\': '\\', '\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r' }),
  )
  const units = Array.from({ length: text.length }, (_, index) => text.charAt(index))
  const escaped = units.map((unit) => {
    const code = unit.charCodeAt(0)
    if (short.has(unit)) return `\\${short.get(unit)}`
    return code >= 0x20 && code <= 0x7e ? unit : `\\u${code.toString(16).padStart(4, '0')}`
  })
  return `"${escaped.join('')}"`
}

/** The whole record as one object, its keys in order, for the general formatter. */
function textOf(record: MemoryNode | EpisodicMemory, fields: readonly string[]): string {
  const values: Readonly<Record<string, unknown>> = { ...record }
  const entries = fields.map((name): [string, PythonValue] => {
    const value = values[name]
    const isFloat = typeof value === 'number' && floatFields.has(name)
    return [toSnakeCase(name), isFloat ? new PythonFloat(value) : (value as PythonValue)]
  })
  if (Object.keys(record.metadata).length > 0) entries.push(['metadata', record.metadata])
  return formatPythonJson(Object.fromEntries([...entries, ...Object.entries(record.extra)]), 1)
}

const someText = fc.oneof(
  anyText,
  fc.string(),
  fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', '\n', '\u0000', '\u007f', 'é', '\ud800', '記') }),
)
const number = fc.double({ noNaN: true, noDefaultInfinity: true })
const json = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 })
/** Empty half of the time: such records take a way of their own. */
const unknownKeys = fc.oneof(
  fc.constant({}),
  fc.dictionary(
    fc.oneof(
      fc.nat().map(String),
      someText.map((text) => `x${text}`),
    ),
    fc.jsonValue(),
    { maxKeys: 3 },
  ),
)
const moment = fc.constantFrom('2024-05-01T12:00:00', '2024-05-01 12:00:00.000001+02:00')
const integer = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(-0, 0))

const nodeInput = fc.record(
  {
    humanContent: someText,
    assistantContent: someText,
    id: fc.constantFrom('n', 'é', '"'),
    conversationId: someText,
    sequenceIndex: integer,
    createdAt: moment,
    technicalDepth: number,
    hasCode: fc.boolean(),
    tags: fc.dictionary(fc.string(), fc.array(someText, { maxLength: 2 }), { maxKeys: 2 }),
    clusterId: fc.option(fc.integer()),
    clusterLabel: fc.option(someText),
    clusterConfidence: fc.oneof(number, integer),
    lastAccessed: fc.option(moment),
    metadata: json,
    extra: unknownKeys,
  },
  { requiredKeys: ['humanContent', 'assistantContent', 'createdAt'] },
)

const episodeInput = fc.record(
  {
    id: fc.constantFrom('e', 'é'),
    messages: fc.array(fc.record({ role: someText, content: someText }), { maxLength: 3 }),
    title: someText,
    createdAt: moment,
    durationMinutes: fc.oneof(number, integer),
    avgComplexity: number,
    llmTags: json,
    hasErrors: fc.boolean(),
    memoryNodeIds: fc.array(someText, { maxLength: 3 }),
    metadata: json,
    extra: unknownKeys,
  },
  { requiredKeys: ['id', 'messages', 'createdAt'] },
)

describe(`a record's text, seed ${seed}`, () => {
  it('is for every node what the general formatter writes', () => {
    const ways = { plain: 0, withExtra: 0 }
    fc.assert(
      fc.property(nodeInput, (input) => {
        const node = parseMemoryNode(input)
        ways[Object.keys(node.extra).length === 0 ? 'plain' : 'withExtra'] += 1
        expect(formatNode(node)).toBe(textOf(node, nodeFields))
        expect(formatNode({ ...node, urgency: `${node.urgency}!` })).not.toBe(textOf(node, nodeFields))
      }),
      { numRuns: 500 },
    )
    expect(ways.plain).toBeGreaterThan(50)
    expect(ways.withExtra).toBeGreaterThan(50)
  })

  it('is for every episode what the general formatter writes', () => {
    fc.assert(
      fc.property(episodeInput, (input) => {
        const episode = parseEpisodicMemory(input)
        expect(formatEpisode(episode)).toBe(textOf(episode, episodeFields))
        expect(formatEpisode({ ...episode, title: `${episode.title}!` })).not.toBe(
          textOf(episode, episodeFields),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('throws for a field that is missing, as the general formatter does', () => {
    const { urgency: _, ...rest } = parseMemoryNode({ humanContent: '', assistantContent: '' })
    const broken = rest as MemoryNode
    expect(() => formatNode(broken)).toThrow(TypeError)
    expect(() => textOf(broken, nodeFields)).toThrow(TypeError)
  })

  it('has literals as one makes them unit by unit', () => {
    expect(literalOf('a"é\n\u007f')).toBe('"a\\"\\u00e9\\n\\u007f"')
    fc.assert(
      fc.property(someText, (text) => {
        expect(formatPythonString(text)).toBe(literalOf(text))
      }),
      { numRuns: 2000 },
    )
  })
})
