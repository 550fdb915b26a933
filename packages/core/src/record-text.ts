import type { EpisodicMemory } from './episodic-memory.js'
import { parseStoredEpisode } from './episodic-memory.js'
import { episodeFields, floatFields, nodeFields, toSnakeCase } from './field-names.js'
import type { JsonObject } from './json-value.js'
import { MemoryError } from './memory-error.js'
import type { MemoryNode } from './memory-node.js'
import { parseStoredNode } from './memory-node.js'
import type { ResolvedPatch } from './node-patch.js'
import {
  formatPythonFloat,
  formatPythonJson,
  PythonFloat,
  type PythonValue,
  parsePythonJson,
} from './python-json.js'
import { formatPythonString } from './python-string.js'

/**
 * A record's JSON text, snake_case, as it stands as an element of `nodes.json` or `episodes.json`. It is what every
 * backend stores and what moves between backends, so that numbers, timestamps, unknown keys and their order come
 * back byte for byte.
 */
export type RecordText = string

/** Stored records without a `created_at` get this one: a read must not depend on the clock. */
const unknownTime = new Date(0)

/** How a field's line in a record begins, worked out once: every record needs it. */
interface FieldLine {
  readonly name: string
  readonly isFloat: boolean
  readonly start: string
}

const nodeLines = linesOf(nodeFields)
const episodeLines = linesOf(episodeFields)

/** The text of a node; its embedding is kept beside it, never in it. */
export function formatNode(node: MemoryNode): RecordText {
  return formatRecord(node, nodeLines)
}

/** The text of an episode. Its owner is written, since its nodes may be deleted later. */
export function formatEpisode(episode: EpisodicMemory): RecordText {
  return formatRecord(episode, episodeLines)
}

/**
 * Reads a stored node. What Python wrote as `None` counts as absent.
 * @throws {MemoryError} `CORRUPT` when the text is no JSON, `INVALID_NODE` when it is not a node.
 */
export function readNode(text: RecordText): MemoryNode {
  return parseStoredNode(parseJson(text), unknownTime)
}

/** Reads a stored episode; errors as {@link readNode}. */
export function readEpisode(text: RecordText): EpisodicMemory {
  return parseStoredEpisode(parseJson(text), unknownTime)
}

/** The values that a patch sets, as JSON text by the keys they have in a node's text. */
export function formatNodeFields({ fields, extra }: ResolvedPatch): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) texts.set(toSnakeCase(name), formatPythonJson(pythonValue(name, value), 2))
  }
  for (const [key, value] of Object.entries(extra)) texts.set(key, formatPythonJson(value, 2))
  return texts
}

function linesOf(fields: readonly string[]): readonly FieldLine[] {
  return fields.map((name, index) => ({
    name,
    isFloat: floatFields.has(name),
    start: `${index === 0 ? '{' : ','}\n    ${formatPythonString(toSnakeCase(name))}: `,
  }))
}

function formatRecord(record: MemoryNode | EpisodicMemory, lines: readonly FieldLine[]): RecordText {
  const { metadata, extra } = record
  const values = record as unknown as Readonly<Record<string, unknown>>
  if (Object.keys(extra).length > 0) return formatWithExtra(values, metadata, extra, lines)
  let text = ''
  for (const { name, isFloat, start } of lines) text += start + formatValue(values[name], isFloat)
  if (Object.keys(metadata).length > 0) text += `,\n    "metadata": ${formatPythonJson(metadata, 2)}`
  return `${text}\n  }`
}

/** Unknown keys may change the order of a JavaScript object, or stand for a field. */
function formatWithExtra(
  values: Readonly<Record<string, unknown>>,
  metadata: JsonObject,
  extra: JsonObject,
  lines: readonly FieldLine[],
): RecordText {
  const entries = lines.map(({ name }): [string, PythonValue] => [
    toSnakeCase(name),
    pythonValue(name, values[name]),
  ])
  if (Object.keys(metadata).length > 0) entries.push(['metadata', metadata])
  entries.push(...Object.entries(extra))
  return formatPythonJson(Object.fromEntries(entries), 1)
}

function formatValue(value: unknown, isFloat: boolean): string {
  if (isFloat && typeof value === 'number') return formatPythonFloat(value)
  return formatPythonJson(value as PythonValue, 2)
}

function pythonValue(name: string, value: unknown): PythonValue {
  const isFloat = typeof value === 'number' && floatFields.has(name)
  return isFloat ? new PythonFloat(value) : (value as PythonValue)
}

function parseJson(text: RecordText): unknown {
  try {
    return parsePythonJson(text)
  } catch (cause) {
    throw new MemoryError('CORRUPT', 'a stored record is not valid JSON', { cause })
  }
}
