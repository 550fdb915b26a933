import { randomNumbers } from './random-numbers.js'

/** What quoting, patterns, escapes, case folding, trimming and normalising trip over. */
const pieces = [
  ...[
    "'",
    '"',
    '%',
    '_',
    '\\',
    '\\\\',
    "''",
    '$1',
    '$$',
    ';',
    '--',
    '/*',
    '*/',
    '*',
    '?',
    ':',
    '::text',
    '(',
    ')',
  ],
  ...[
    ' ',
    '\t',
    '\n',
    '\r',
    '\u00a0',
    '\u200b',
    '\ufeff',
    '\u0001',
    '\u007f',
    '\u0085',
    ',',
    '{',
    '}',
    '[',
    ']',
    '|',
    '&',
  ],
  ...[
    'a',
    'A',
    'ı',
    'İ',
    'ß',
    'ẞ',
    'é',
    'e\u0301',
    'Å',
    'Å',
    '中',
    '𝒳',
    '😀',
    '👩‍👩‍👧',
    '\u202e',
    'ﬁ',
    '0',
    '1',
    '10',
  ],
  ...["' OR '1'='1", "'; DROP TABLE node; --", 't:', 'u:', 'NULL', 'null', 'true', '{{schema}}', "E'\\x41'"],
] as const

const maxBytes = 1024

/**
 * Different texts that an owner can be called, many of them almost the same: with another case, a blank more, one
 * character less, another form of the same letter; some of 1 KiB.
 */
export function scopeStrings(count: number, seed: number): readonly string[] {
  const random = randomNumbers(seed)
  const pick = () => pieces[Math.floor(random() * pieces.length)] ?? ''
  const found = new Set<string>()
  const add = (text: string) => {
    const fits = text !== '' && text.isWellFormed() && Buffer.byteLength(text) <= maxBytes
    if (fits && found.size < count) found.add(text)
  }
  while (found.size < count) {
    const length = random() < 0.02 ? 400 : 1 + Math.floor(random() * 6)
    let text = ''
    for (let part = 0; part < length; part += 1) {
      const next = text + pick()
      if (Buffer.byteLength(next) <= maxBytes) text = next
    }
    add(text)
    add(length === 400 ? text.padEnd(text.length + maxBytes - Buffer.byteLength(text), 'x') : `${text} `)
    const variants = [
      text.toUpperCase(),
      text.toLowerCase(),
      text.trim(),
      text.normalize('NFD'),
      text.normalize('NFC'),
    ]
    for (const variant of [...variants, text.slice(0, -1), `${text}%`, `_${text}`, `${text}\\`]) {
      if (random() < 0.3) add(variant)
    }
  }
  return [...found]
}
