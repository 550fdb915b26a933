import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'

/**
 * Stored text on one line, without anything a terminal would act on: escape sequences, control characters and
 * characters that turn the direction of writing.
 */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .toWellFormed()
    .trim()
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** As much of a text as fits into so many terminal columns, with an ellipsis where it was cut. */
export function fitColumns(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text
  let fitting = ''
  let used = 1
  for (const { segment } of segmenter.segment(text)) {
    used += stringWidth(segment)
    if (used > columns) break
    fitting += segment
  }
  return `${fitting.trimEnd()}…`
}
