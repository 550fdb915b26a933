import { describe, expect, it } from 'vitest'
import { type EpisodicMemory, formatEpisode, parseEpisodicMemory, readEpisode } from '../src/index.js'
import { memoryErrorOf } from './support/catching.js'

const now = new Date('2024-05-01T12:00:00.000Z')
const base = { id: 'e', messages: [{ role: 'user', content: 'q' }] }

const full: Omit<EpisodicMemory, 'embedding'> = {
  id: 'e1',
  title: 'title',
  messages: [
    { role: 'user', content: '', at: 5 },
    { role: 'assistant', content: 'a', nested: { list: [null] } },
  ],
  messageCount: 2,
  source: 's',
  createdAt: '2024-05-01T12:00:00',
  updatedAt: '2024-05-01T12:00:00.000001Z',
  durationMinutes: 1.5,
  llmTags: { any: ['json'] },
  dominantIntent: 'question',
  avgComplexity: 0.5,
  avgTechnicalDepth: 2,
  emotionalArc: 'flat',
  hasCode: true,
  hasErrors: true,
  urgencyMax: 'high',
  memoryNodeIds: ['n1', 'n2'],
  relatedEpisodeIds: ['e2'],
  accessCount: 3,
  lastAccessed: '2024-05-02 00:00:00',
  tenantId: 'acme',
  userId: 'u',
  metadata: { own: true },
  extra: { other: 1 },
}

describe('parseEpisodicMemory', () => {
  it('keeps every field', () => {
    expect(parseEpisodicMemory(full)).toStrictEqual(full)
  })

  it('takes every field by its snake_case name', () => {
    const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    const given = Object.fromEntries(Object.entries(full).map(([name, value]) => [snake(name), value]))
    expect(Object.keys(given)).toContain('memory_node_ids')
    expect(parseEpisodicMemory(given)).toStrictEqual(full)
  })

  it('fills in the defaults', () => {
    expect(parseEpisodicMemory(base, { now })).toStrictEqual({
      id: 'e',
      title: '',
      messages: [{ role: 'user', content: 'q' }],
      messageCount: 1,
      source: 'unknown',
      createdAt: '2024-05-01T12:00:00.000Z',
      updatedAt: '2024-05-01T12:00:00.000Z',
      durationMinutes: 0,
      llmTags: {},
      dominantIntent: '',
      avgComplexity: 0,
      avgTechnicalDepth: 0,
      emotionalArc: '',
      hasCode: false,
      hasErrors: false,
      urgencyMax: 'low',
      memoryNodeIds: [],
      relatedEpisodeIds: [],
      accessCount: 0,
      lastAccessed: null,
      tenantId: null,
      userId: null,
      metadata: {},
      extra: {},
    } satisfies EpisodicMemory)
  })

  it('takes createdAt for updatedAt', () => {
    expect(parseEpisodicMemory({ ...base, createdAt: '2020-01-01' }).updatedAt).toBe('2020-01-01')
  })

  it('shares no message with its input and no default with another episode', () => {
    const messages = [{ role: 'user', content: 'q', more: { list: [1] } }]
    const episode = parseEpisodicMemory({ id: 'e', messages })
    messages[0]?.more.list.push(2)
    expect(episode.messages).toEqual([{ role: 'user', content: 'q', more: { list: [1] } }])
    const { memoryNodeIds, relatedEpisodeIds, llmTags } = episode
    for (const ids of [memoryNodeIds, relatedEpisodeIds]) (ids as string[]).push('leak')
    Object.assign(llmTags, { leak: 1 })
    expect(parseEpisodicMemory(base)).toMatchObject({ memoryNodeIds: [], relatedEpisodeIds: [] })
    expect(parseEpisodicMemory(base).llmTags).toEqual({})
  })

  it('keeps unknown keys of a message, __proto__ too', () => {
    const text = '{"role":"user","content":"q","__proto__":{"x":1},"constructor":2}'
    const episode = parseEpisodicMemory({ id: 'e', messages: [JSON.parse(text)] })
    expect(JSON.stringify(episode.messages[0])).toBe(text)
    expect(readEpisode(formatEpisode(episode))).toStrictEqual(episode)
  })

  it('reads each message once', () => {
    let reads = 0
    const liar = {
      role: 'user',
      get content() {
        reads += 1
        return reads === 1 ? 'first' : 5
      },
    }
    expect(parseEpisodicMemory({ id: 'e', messages: [liar] }).messages[0]?.content).toBe('first')
  })

  const cycle: Record<string, unknown> = { role: 'user', content: 'q' }
  cycle.self = cycle
  it.each<[string, readonly unknown[]]>([
    ['id', [undefined, null, '', 5, 'a\0', '\ud800']],
    ['title', [5, null]],
    ['messageCount', [-1, 1.5, '1']],
    ['createdAt', ['', 5, new Date(Number.NaN), new Date(8.64e15)]],
    ['updatedAt', ['', 5, new Date(Number.NaN), new Date(-8.64e15)]],
    ['durationMinutes', ['1', null, Number.NaN]],
    ['llmTags', [5, [], null, { f() {} }]],
    ['memoryNodeIds', ['n', [5], null]],
    ['relatedEpisodeIds', ['n', [null]]],
    ['tenantId', [5, 'a\0']],
    ['userId', [false, '\ud800']],
    ['metadata', [[], 5]],
    ['accessCount', [-1]],
    ['hasErrors', ['no']],
    [
      'messages',
      [
        undefined,
        null,
        'x',
        {},
        [null],
        ['x'],
        [[]],
        [{ role: 'user' }],
        [{ content: 'q' }],
        [{ role: 5, content: 'q' }],
        [{ role: 'user', content: 'q', f() {} }],
        [{ role: 'user', content: 'q', n: Number.NaN }],
        [{ role: 'user', content: 'q', big: 1n }],
        [cycle],
      ],
    ],
  ])('refuses a bad %s and names it', (field, values) => {
    for (const value of values) {
      const error = memoryErrorOf(() => parseEpisodicMemory({ ...full, [field]: value }))
      expect(error.code).toBe('INVALID_NODE')
      expect(error.message).toContain(`episode.${field}`)
    }
  })
})
