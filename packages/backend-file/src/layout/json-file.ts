import { MemoryError } from '@holdfast/core'
import type { StoredFile } from '../disk/stored-file.js'
import { decodeJsonText } from '../json/json-text.js'

/** The text of a small file. @throws {MemoryError} `CORRUPT` when it is not UTF-8. */
export async function readText(file: StoredFile): Promise<string> {
  const text = decodeJsonText(await file.readAll())
  if (text === undefined) throw new MemoryError('CORRUPT', `${file.path} is not UTF-8`)
  return text
}

/** @throws {MemoryError} `CORRUPT` when the text is no JSON object. */
export function parseJsonObject(text: string, name: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new MemoryError('CORRUPT', `${name} is not valid JSON`, { cause })
  }
  return asObject(value, name)
}

/** @throws {MemoryError} `CORRUPT` when the value is no object. */
export function asObject(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MemoryError('CORRUPT', `${name} is not a JSON object`)
  }
  return { ...value }
}
