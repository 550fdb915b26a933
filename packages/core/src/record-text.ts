import type { EpisodicMemory } from './episodic-memory.js'
import { parseStoredEpisode } from './episodic-memory.js'
import { episodeFields, floatFields, nodeFields, toSnakeCase } from './field-names.js'
import { MemoryError } from './memory-error.js'
import type { MemoryNode } from './memory-node.js'
import { parseStoredNode } from './memory-node.js'
import type { ResolvedPatch } from './node-patch.js'
import { formatPythonJson, PythonFloat, type PythonValue, parsePythonJson } from './python-json.js'

/**
 * A record's JSON text, snake_case, as it stands as an element of `nodes.json` or `episodes.json`. It is what every
 * backend stores and what moves between backends, so that numbers, timestamps, unknown keys and their order come
 * back byte for byte.
 */
export type RecordText = string

/** Stored records without a `created_at` get this one: a read must not depend on the clock. */
const unknownTime = new Date(0)

/** The text of a node; its embedding is kept beside it, never in it. */
export function formatNode(node: MemoryNode): RecordText {
  return formatRecord(node, nodeFields)
}

/** The text of an episode. Its owner is written, since its nodes may be deleted later. */
export function formatEpisode(episode: EpisodicMemory): RecordText {
  return formatRecord(episode, episodeFields)
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

function formatRecord(record: MemoryNode | EpisodicMemory, fields: readonly string[]): RecordText {
  const values: Readonly<Record<string, unknown>> = { ...record }
  const entries: [string, PythonValue][] = []
  for (const name of fields) entries.push([toSnakeCase(name), pythonValue(name, values[name])])
  if (Object.keys(record.metadata).length > 0) entries.push(['metadata', record.metadata])
  entries.push(...Object.entries(record.extra))
  return formatPythonJson(Object.fromEntries(entries), 1)
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
