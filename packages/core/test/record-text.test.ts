import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  formatEpisode,
  formatNode,
  parseEpisodicMemory,
  parseMemoryNode,
  readEpisode,
  readNode,
} from '../src/index.js'
import { memoryErrorOf } from './support/catching.js'

/** The elements of a file that `json.dump(indent=2)` wrote, each as its exact text. */
function elements(file: URL): readonly string[] {
  const text = readFileSync(file, 'utf8').trimEnd()
  expect(text.slice(0, 4) + text.slice(-2)).toBe('[\n  \n]')
  return text.slice(4, -2).split(/,\n {2}(?=\{)/)
}

const ownerless = /,\n {4}"tenant_id": null,\n {4}"user_id": null\n {2}\}$/

const corpora: readonly [string, URL][] = [
  ['the sample', new URL('../../../fixtures/sample/corpus/', import.meta.url)],
  [
    'a directory of the Python system',
    new URL('../../../../shared/legacy-data/data/corpus/', import.meta.url),
  ],
]

for (const [name, folder] of corpora) {
  if (!existsSync(folder)) {
    console.info(`${name} is not there: its records are left out`)
    continue
  }
  describe(name, () => {
    it('has nodes that come back byte for byte', () => {
      const texts = elements(new URL('nodes.json', folder))
      expect(texts).toHaveLength(JSON.parse(readFileSync(new URL('nodes.json', folder), 'utf8')).length)
      expect(texts.length).toBeGreaterThan(80)
      for (const text of texts) expect(formatNode(readNode(text))).toBe(text)
    })

    it('has episodes that come back byte for byte, with an owner added', () => {
      const texts = elements(new URL('episodes.json', folder))
      expect(texts).toHaveLength(JSON.parse(readFileSync(new URL('episodes.json', folder), 'utf8')).length)
      expect(texts.length).toBeGreaterThan(10)
      for (const text of texts) {
        const written = formatEpisode(readEpisode(text))
        expect(written).toMatch(ownerless)
        expect(written.replace(ownerless, '\n  }')).toBe(text)
        expect(formatEpisode(readEpisode(written))).toBe(written)
      }
    })
  })
}

const minimal = '"human_content":"q","assistant_content":"a"'

describe('formatNode', () => {
  it('writes the fields in the order of Python, then metadata, then unknown keys', () => {
    const node = parseMemoryNode({
      id: 'n',
      humanContent: 'é\n',
      assistantContent: '',
      createdAt: '2024-05-01 12:00:00.000001',
      tenantId: 'acme',
      technicalDepth: 2,
      clusterConfidence: 1,
      metadata: { a: 1 },
      zzz: [],
      aaa: null,
    })
    expect(formatNode(node)).toBe(`{
    "id": "n",
    "conversation_id": "",
    "sequence_index": 0,
    "human_content": "\\u00e9\\n",
    "assistant_content": "",
    "source": "unknown",
    "created_at": "2024-05-01 12:00:00.000001",
    "user_id": null,
    "tenant_id": "acme",
    "intent_type": "statement",
    "complexity": "simple",
    "technical_depth": 2,
    "emotional_valence": "neutral",
    "urgency": "low",
    "conversation_mode": "chat",
    "action_required": false,
    "has_code": false,
    "has_error": false,
    "tags": {
      "domains": [],
      "topics": [],
      "entities": [],
      "processes": []
    },
    "cluster_id": null,
    "cluster_label": null,
    "cluster_confidence": 1.0,
    "access_count": 0,
    "last_accessed": null,
    "metadata": {
      "a": 1
    },
    "zzz": [],
    "aaa": null
  }`)
    expect(readNode(formatNode(node))).toStrictEqual(node)
  })

  it('leaves the embedding out', () => {
    const node = parseMemoryNode({ humanContent: 'q', assistantContent: 'a', embedding: [1, 2] })
    expect(node.embedding).toHaveLength(2)
    expect(formatNode(node)).not.toContain('embedding')
  })
})

describe('readNode', () => {
  it('takes null for absent', () => {
    const node = readNode(
      `{${minimal},"source":null,"tags":null,"metadata":null,"created_at":null,"other":null}`,
    )
    expect(node).toMatchObject({
      source: 'unknown',
      tags: { domains: [] },
      metadata: {},
      createdAt: '1970-01-01T00:00:00.000Z',
      extra: { other: null },
    })
  })

  it('does not depend on the clock', () => {
    expect(readNode(`{${minimal}}`)).toStrictEqual(readNode(`{${minimal}}`))
  })

  it.each(['extra', 'embedding', 'humanContent', 'tenantId', '__proto__'])(
    'keeps %s as the unknown key it is in a file',
    (key) => {
      for (const value of [5, null, { a: 1 }, 'x']) {
        const node = readNode(`{${minimal},${JSON.stringify(key)}:${JSON.stringify(value)}}`)
        expect(Object.entries(node.extra)).toEqual([[key, value]])
        expect(node).toMatchObject({ humanContent: 'q', tenantId: null })
        expect('embedding' in node).toBe(false)
        expect(readNode(formatNode(node))).toStrictEqual(node)
      }
    },
  )

  it('takes NaN and numbers past float64 for null', () => {
    expect(readNode(`{${minimal},"cluster_confidence":NaN,"x":[1e999]}`)).toMatchObject({
      clusterConfidence: 0,
      extra: { x: [null] },
    })
  })

  it.each([
    ['', 'CORRUPT'],
    ['{', 'CORRUPT'],
    [`{${minimal}} {}`, 'CORRUPT'],
    ['[]', 'INVALID_NODE'],
    ['null', 'INVALID_NODE'],
    ['"x"', 'INVALID_NODE'],
    ['{}', 'INVALID_NODE'],
    ['{"human_content":null,"assistant_content":"a"}', 'INVALID_NODE'],
    [`{${minimal},"access_count":"1"}`, 'INVALID_NODE'],
    [`{${minimal},"x":${'['.repeat(101)}${']'.repeat(101)}}`, 'INVALID_NODE'],
    [`{${minimal},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'INVALID_NODE'],
  ])('refuses %.60s', (text, code) => {
    expect(memoryErrorOf(() => readNode(text)).code).toBe(code)
  })
})

it('a whole episode comes back', () => {
  const episode = parseEpisodicMemory({
    id: 'e',
    tenantId: 'acme',
    userId: 'u',
    messages: [{ role: 'user', content: '😀', at: '2024' }],
    durationMinutes: 2,
    metadata: { a: 1 },
    other: [1],
  })
  expect(readEpisode(formatEpisode(episode))).toStrictEqual(episode)
  expect(formatEpisode(episode)).toContain('"duration_minutes": 2.0')
  expect(memoryErrorOf(() => readEpisode('{')).code).toBe('CORRUPT')
})
