/**
 * A `<` that could begin a `<memory …>` or `</memory>` tag to a lenient reader: blanks, slashes, other signs and
 * invisible characters may stand between, letters may be upper case.
 */
const tagStart = /<(?=[^\p{L}\p{N}<]*m\p{Cf}*e\p{Cf}*m\p{Cf}*o\p{Cf}*r\p{Cf}*y)/giu

/** Stored text, so that nothing in it can begin or end a memory block. Every other `<` stays: texts hold code. */
export function escapeStoredText(text: string): string {
  return text.replace(tagStart, '&lt;')
}

/** A stored value as the value of an attribute: on one line, without quotes or angle brackets. */
export function escapeAttribute(value: string): string {
  return value
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
