/** Ids that a backend may confuse when it compares by case, pattern, prefix, normal form or a trimmed text. */
export const alikeIds: readonly string[] = [
  '1',
  '01',
  'a',
  'A',
  ' a',
  'a ',
  '%',
  '_',
  '*',
  '\\',
  "'",
  '"',
  '\u00e9', // é as one code point
  'e\u0301', // é as two
  '__proto__',
  'constructor',
  'null',
  '\u{1f600}',
  '\ufffd',
  'a:b',
  'x'.repeat(512),
]
