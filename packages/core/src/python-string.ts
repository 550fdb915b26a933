/** All but printable ASCII, quotes and backslashes: what a literal cannot hold as it is. */
const special = /[^ !#-[\]-~]/g
const outsideAscii = /[\u007f-\uffff]/
const outsideAsciiRuns = /[\u007f-\uffff]+/g

/** Two hex digits by value: a text that is not Latin is nearly all escapes. */
const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const asciiEscapes = Array.from({ length: 0x7f }, (_, unit) =>
  JSON.stringify(String.fromCharCode(unit)).slice(1, -1),
)

/** A JSON string literal in ASCII; what is outside it, lone surrogates too, is written `\uXXXX`. */
export function formatPythonString(text: string): string {
  if (text.length <= shortText && isPlain(text)) return `"${text}"`
  return sparseLiteral(text) ?? denseLiteral(text)
}

/** Starting a regular expression takes longer than looking at each unit of a text up to this length. */
const shortText = 32

/** Whether a literal holds the text as it is. */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x20 || unit > 0x7e || unit === 0x22 || unit === 0x5c) return false
  }
  return true
}

/** Copies what lies between the escapes. `undefined` where they are so many that this would be the slower way. */
function sparseLiteral(text: string): string | undefined {
  let literal = '"'
  let from = 0
  let left = 4 + (text.length >> 5)
  special.lastIndex = 0
  while (special.test(text)) {
    if (left === 0) return undefined
    left -= 1
    const at = special.lastIndex - 1
    literal += text.slice(from, at) + escapeUnit(text.charCodeAt(at))
    from = at + 1
  }
  return `${literal}${text.slice(from)}"`
}

function denseLiteral(text: string): string {
  const literal = JSON.stringify(text)
  return outsideAscii.test(literal) ? literal.replace(outsideAsciiRuns, escapeUnits) : literal
}

function escapeUnits(units: string): string {
  let escaped = ''
  for (let index = 0; index < units.length; index++) escaped += escapeUnit(units.charCodeAt(index))
  return escaped
}

function escapeUnit(unit: number): string {
  return asciiEscapes[unit] ?? `\\u${hexBytes[unit >> 8]}${hexBytes[unit & 0xff]}`
}
