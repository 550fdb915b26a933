/**
 * Replaces what a pattern finds between the string literals of a JSON text and leaves the literals alone. It goes
 * from quote to quote, since a regular expression over a literal runs out of stack at some megabytes.
 */
export function replaceOutsideStrings(text: string, pattern: RegExp, replacement: string): string {
  const parts: string[] = []
  let position = 0
  while (position < text.length) {
    const start = text.indexOf('"', position)
    if (start === -1) break
    const end = literalEnd(text, start)
    parts.push(text.slice(position, start).replace(pattern, replacement), text.slice(start, end))
    position = end
  }
  parts.push(text.slice(position).replace(pattern, replacement))
  return parts.join('')
}

/** The position after the closing quote; the end of the text when there is none. */
function literalEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return quote + 1
  }
  return text.length
}
