import type { Access } from '../connection/access.js'
import { Parameters } from '../connection/parameters.js'
import { numberOf, type Session, textOf } from '../connection/session.js'
import type { Store } from '../store.js'
import { columnOf, longDigits, longFrequency, needleOf } from './word-columns.js'
import type { WordMatches } from './word-matches.js'

/** Nodes that one statement looks at, so that a search can be cancelled between two, and words it looks for. */
const statementRows = 20_000
const statementWords = 32

/** Bytes of position and length, and of a frequency, in what a statement gives. */
const headBytes = 12
const frequencyBytes = 4

/**
 * Looks for words in every node of a scope, in insertion order through an index, so that no row of anybody else is
 * visited. The work is the same whatever the words are.
 * @param words of the query, each once; those from `from` on are looked for.
 */
export async function scanWords(
  session: Session,
  store: Store,
  access: Access,
  words: readonly string[],
  matches: WordMatches,
): Promise<void> {
  await readInOrder(session)
  // A node comes once for each statement.
  const numbers = words.length > statementWords ? new Map<number, number>() : undefined
  for (let from = 0; from < words.length; from += statementWords) {
    const part = words.slice(from, from + statementWords)
    let after = 0
    for (;;) {
      const parameters = new Parameters()
      const statement = scanStatement(store, access, part, after, parameters)
      const { rows } = await session.query(statement, parameters.values)
      const [count, totalLength, last, found] = rows[0] ?? []
      if (from === 0) matches.count(numberOf(count), numberOf(totalLength))
      takeMatches(found, part.length, from, matches, numbers)
      if (numberOf(count) < statementRows) break
      after = Number(textOf(last))
    }
  }
}

/**
 * How many nodes, words of them, position of the last, and the matches: int64 position, int32 length, int32 frequency
 * of each word, all in hex.
 */
export function scanStatement(
  store: Store,
  access: Access,
  words: readonly string[],
  after: number,
  parameters: Parameters,
): string {
  const scope = `${parameters.access(access, 'w')} AND w.position > ${parameters.add(after)}`
  const places = words.map((word, at) => {
    const needle = needleOf(word)
    const column = `w.${columnOf(word)}`
    return `${column} AS c${at}, NULLIF(position(${parameters.add(needle)}::bytea IN ${column}), 0) + ${needle.length - 1} AS p${at}`
  })
  const isMatch = `COALESCE(${words.map((_, at) => `p${at}`).join(', ')}) IS NOT NULL`
  const frequencies = words.map((_, at) => `int4send(COALESCE(${frequencyAt(at)}, 0))`)
  return `SELECT count(*), COALESCE(sum(length), 0), max(position), encode(string_agg(
       int8send(position) || int4send(length) || ${frequencies.join(' || ')}, ''::bytea) FILTER (WHERE ${isMatch}), 'hex')
     FROM (SELECT w.position, w.length, ${places.join(', ')} FROM ${store.names.quoted}.node_words w
       WHERE ${scope} ORDER BY w.position LIMIT ${statementRows}) scanned`
}

/** The byte behind the tab, or the number it announces. */
function frequencyAt(at: number): string {
  const digits = `substring(c${at} FROM p${at} + 2 FOR ${longDigits})`
  return `CASE get_byte(c${at}, p${at}) WHEN ${longFrequency} THEN convert_from(${digits}, 'UTF8')::integer
    ELSE get_byte(c${at}, p${at}) END`
}

function takeMatches(
  hex: string | null | undefined,
  wordCount: number,
  firstWord: number,
  matches: WordMatches,
  numbers: Map<number, number> | undefined,
): void {
  if (typeof hex !== 'string') return
  const bytes = Buffer.from(hex, 'hex')
  const size = headBytes + frequencyBytes * wordCount
  for (let at = 0; at < bytes.length; at += size) {
    const position = Number(bytes.readBigInt64BE(at))
    const node = numbers?.get(position) ?? matches.addNode(position, bytes.readInt32BE(at + 8))
    numbers?.set(position, node)
    for (let word = 0; word < wordCount; word++) {
      const frequency = bytes.readInt32BE(at + headBytes + frequencyBytes * word)
      if (frequency > 0) matches.add(firstWord + word, node, frequency)
    }
  }
}

/** Without statistics the planner would read the rows of everybody, or sort those of the scope for each part. */
async function readInOrder(session: Session): Promise<void> {
  await session.query(
    `SELECT set_config(name, 'off', true) FROM unnest(ARRAY['enable_sort', 'enable_seqscan', 'enable_bitmapscan']) name`,
  )
}
