/** All but printable ASCII, quotes and backslashes: what a literal cannot hold as it is. */
const special = /[^ !#-[\]-~]/
const outsideAscii = /[\u007f-\uffff]/
const outsideAsciiRuns = /[\u007f-\uffff]+/g

/** Two hex digits by value: a text that is not Latin is nearly all escapes. */
const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A JSON string literal in ASCII; what is outside it, lone surrogates too, is written `\uXXXX`. */
export function formatPythonString(text: string): string {
  if (!special.test(text)) return `"${text}"`
  const literal = JSON.stringify(text)
  return outsideAscii.test(literal) ? literal.replace(outsideAsciiRuns, escapeUnits) : literal
}

function escapeUnits(units: string): string {
  let escaped = ''
  for (let index = 0; index < units.length; index++) {
    const unit = units.charCodeAt(index)
    escaped += `\\u${hexBytes[unit >> 8]}${hexBytes[unit & 0xff]}`
  }
  return escaped
}
