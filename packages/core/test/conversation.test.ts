import { describe, expect, it } from 'vitest'
import {
  type Conversation,
  conversationToEpisode,
  conversationToNodes,
  parseMemoryNode,
} from '../src/index.js'
import { memoryErrorOf } from './support/catching.js'

const say = (role: string, content: string, createdAt?: string) => ({
  role,
  content,
  ...(createdAt === undefined ? {} : { createdAt }),
})
const of = (...messages: Conversation['messages']): Conversation => ({ id: 'c', tenantId: 't', messages })
const pairs = (conversation: Conversation) =>
  conversationToNodes(conversation).map(({ humanContent, assistantContent }) => [
    humanContent,
    assistantContent,
  ])

describe('conversationToNodes', () => {
  it.each<[string, Conversation['messages'], string[][]]>([
    ['nothing said', [], []],
    ['one exchange', [say('user', 'q'), say('assistant', 'a')], [['q', 'a']]],
    ['the other names of the roles', [say('human', 'q'), say('ai', 'a')], [['q', 'a']]],
    [
      'two',
      [say('user', '1'), say('ai', 'a'), say('user', '2'), say('ai', 'b')],
      [
        ['1', 'a'],
        ['2', 'b'],
      ],
    ],
    ['questions in a row', [say('user', '1'), say('user', '2'), say('ai', 'a')], [['1\n\n2', 'a']]],
    ['answers in a row', [say('user', '1'), say('ai', 'a'), say('ai', 'b')], [['1', 'a\n\nb']]],
    ['no answer', [say('user', '1')], [['1', '']]],
    ['an answer first', [say('ai', 'hello'), say('user', '1'), say('ai', 'a')], [['1', 'a']]],
    ['other roles', [say('system', 's'), say('user', '1'), say('tool', 't'), say('ai', 'a')], [['1', 'a']]],
    ['empty texts', [say('user', ''), say('ai', '')], [['', '']]],
    ['roles in another case', [say('User', '1'), say('ai', 'a')], []],
  ])('%s', (_, messages, expected) => {
    expect(pairs(of(...messages))).toEqual(expected)
  })

  it('fills every node in from the conversation', () => {
    const nodes = conversationToNodes({
      id: 'c',
      source: 'chat',
      tenantId: 't',
      userId: 'u',
      createdAt: new Date(0),
      messages: [
        say('user', 'why?'),
        say('ai', '```js\n1\n```'),
        say('user', 'ok', '2024-05-01 12:00:00.000001'),
      ],
    })
    expect(nodes).toMatchObject([
      {
        conversationId: 'c',
        sequenceIndex: 0,
        source: 'chat',
        tenantId: 't',
        userId: 'u',
        createdAt: '1970-01-01T00:00:00.000Z',
        intentType: 'question',
        hasCode: true,
      },
      { sequenceIndex: 1, createdAt: '2024-05-01 12:00:00.000001', intentType: 'statement', hasCode: false },
    ])
    const { id } = parseMemoryNode({ conversationId: 'c', humanContent: 'why?', assistantContent: '' })
    expect(nodes[0]?.id).toBe(id)
  })

  it.each<[string, boolean]>([
    ['    return x;', true],
    ['text\n\tif (a) {\n', false],
    ['\t\t\t\tif (a) {\n', true],
    ['```', true],
    ['    a list of things', false],
    ['return x;', false],
    ['', false],
  ])('finds code in %j: %j', (text, expected) => {
    expect(conversationToNodes(of(say('user', text)))[0]?.hasCode).toBe(expected)
  })

  it('looks for code in linear time', () => {
    for (const text of [
      '\n'.repeat(300_000),
      ' '.repeat(300_000),
      ';  '.repeat(100_000),
      '    ;\t'.repeat(60_000),
    ]) {
      expect(conversationToNodes(of(say('user', `${text}x`)))[0]?.hasCode).toBe(false)
    }
  })

  it('takes snake_case names', () => {
    const conversation = {
      id: 'c',
      tenant_id: 't',
      user_id: 'u',
      created_at: '2024-05-01',
      messages: [{ role: 'user', content: 'q', created_at: '2024-05-02' }],
      other: 'left out',
    } as unknown as Conversation
    const [node] = conversationToNodes(conversation)
    expect(node).toMatchObject({ tenantId: 't', userId: 'u', createdAt: '2024-05-02', extra: {} })
    expect(conversationToEpisode(conversation)).toMatchObject({
      tenantId: 't',
      userId: 'u',
      createdAt: '2024-05-01',
      updatedAt: '2024-05-02',
    })
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['no id', { messages: [] }],
    ['an empty id', { id: '', messages: [] }],
    ['no messages', { id: 'c' }],
    ['a text for messages', { id: 'c', messages: 'x' }],
    ['a text for a message', { id: 'c', messages: ['x'] }],
    ['a message without a role', { id: 'c', messages: [{ content: 'x' }] }],
    ['a number for a content', { id: 'c', messages: [{ role: 'user', content: 5 }] }],
    ['no timestamp', { id: 'c', createdAt: 'x', messages: [] }],
    ['no timestamp in a message', { id: 'c', messages: [{ role: 'user', content: 'x', createdAt: 5 }] }],
    ['an owner of the wrong type', { id: 'c', tenantId: 5, messages: [] }],
    ['an owner under both names', { id: 'c', tenantId: 'a', tenant_id: 'b', messages: [] }],
    ['an owner that cannot be stored', { id: 'c', userId: 'a\0', messages: [] }],
  ])('refuses %s', (_, conversation) => {
    for (const convert of [conversationToNodes, conversationToEpisode]) {
      expect(memoryErrorOf(() => convert(conversation as Conversation)).code).toBe('INVALID_NODE')
    }
  })
})

describe('conversationToEpisode', () => {
  it('holds the messages, the ids of the nodes, the times and the minutes', () => {
    const conversation: Conversation = {
      id: 'c',
      title: 'A talk',
      source: 'chat',
      userId: 'u',
      messages: [
        say('system', 'be kind'),
        say('user', 'why?', '2024-05-01T12:00:00+02:00'),
        say('assistant', '```x```', '2024-05-01T10:01:30Z'),
        say('user', 'ok', '2024-05-01T09:59:00Z'),
      ],
    }
    const nodes = conversationToNodes(conversation)
    expect(conversationToEpisode(conversation, nodes)).toEqual(conversationToEpisode(conversation))
    expect(conversationToEpisode(conversation)).toMatchObject({
      id: 'c',
      title: 'A talk',
      source: 'chat',
      tenantId: null,
      userId: 'u',
      messageCount: 4,
      createdAt: '2024-05-01T09:59:00Z',
      updatedAt: '2024-05-01T10:01:30Z',
      durationMinutes: 2.5,
      dominantIntent: 'question',
      hasCode: true,
      hasErrors: false,
      memoryNodeIds: nodes.map(({ id }) => id),
    })
    expect(conversationToEpisode(conversation).messages).toEqual(
      conversation.messages.map(({ role, content }) => ({ role, content })),
    )
  })

  it('has no duration and a time where no message has one', () => {
    const episode = conversationToEpisode(of(say('user', 'q')))
    expect([episode.durationMinutes, episode.createdAt === episode.updatedAt]).toEqual([0, true])
    expect(conversationToEpisode(of()).memoryNodeIds).toEqual([])
  })
})
