/** A text that a terminal shows and does not obey: control and formatting characters as `\u{…}`, but for newlines. */
export function printable(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
