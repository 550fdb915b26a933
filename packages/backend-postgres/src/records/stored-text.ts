import { isStorableText } from '@holdfast/core'

/** First character of text that is stored escaped. */
const escapeMark = '\u0001'

/**
 * Text for a column. PostgreSQL cannot hold NUL characters, and half surrogate pairs would all become the same bytes;
 * such text, and text that begins with the mark itself, is stored as the mark and a JSON literal in ASCII. Different
 * texts stay different, so a comparison in SQL means what it means in JavaScript.
 */
export function toStoredText(text: string): string {
  if (isStorableText(text) && !text.startsWith(escapeMark)) return text
  const literal = JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `${escapeMark}${literal}`
}

/** The inverse of {@link toStoredText}. */
export function fromStoredText(stored: string): string {
  return stored.startsWith(escapeMark) ? (JSON.parse(stored.slice(1)) as string) : stored
}

/**
 * Ids and owners are stored as they are, since core lets only storable text through. What is looked for may be
 * anything: text that nothing can be called finds nothing.
 */
export function storableKeys(keys: readonly string[]): readonly string[] {
  return keys.filter(isStorableText)
}
