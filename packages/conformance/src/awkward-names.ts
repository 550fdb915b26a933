/**
 * Names of tenants and users that a backend may confuse when it compares by prefix, pattern, case, normal form or
 * joined text. Each is another owner, and none may see another's records.
 */
export const awkwardNames: readonly string[] = [
  '1',
  '10',
  '01',
  ' 1',
  '1 ',
  '1.0',
  'acme',
  'acme-eu',
  'Acme',
  'ACME',
  'ac%',
  '%',
  '*',
  'a*',
  '_',
  'acm_',
  '?',
  '\\',
  '\\%',
  "'",
  '"',
  "acme' OR '1'='1",
  "acme'; DROP TABLE node; --",
  '$1',
  '{tenant}',
  'a:b',
  'a',
  ':',
  't:acme',
  'u:acme',
  'tenant:acme',
  '/',
  '../acme',
  '.',
  'a\tb',
  'a\nb',
  ' ',
  '\u00e9', // é as one code point
  'e\u0301', // é as two
  '\ufffd', // what a decoder makes of half a surrogate pair
  '\ufb01', // a ligature that compatibility forms turn into fi
  'fi',
  '\u200b',
  'acme\u200b',
  '\u{1f600}',
  '\u{1f601}',
  'İ',
  'null',
  'undefined',
  'true',
  '[]',
  '{}',
  '__proto__',
  'constructor',
  'toString',
  'k'.repeat(1024),
  `${'k'.repeat(1023)}l`,
]

/** Scopes that name nobody, because no owner can be called so. */
export const impossibleNames: readonly string[] = [
  '\0',
  'acme\0',
  '\0acme',
  'ac\0me',
  '\ud83d',
  '\ude00',
  'acme\ud800',
]
