/** Bytes of a `.npy` file that begins with a header, which says something else or nothing at all. */
export function header(dict: string, version = 1): Buffer {
  const text = Buffer.from(`${dict}\n`, 'latin1')
  const length = Buffer.alloc(version === 1 ? 2 : 4)
  if (version === 1) length.writeUInt16LE(text.length)
  else length.writeUInt32LE(text.length)
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.from([version, 0]), length, text])
}

/** What a header says, as Python writes it. */
function dict(fields: { descr?: string; order?: string; shape?: string } = {}): string {
  const { descr = "'<f4'", order = 'False', shape = '(2, 3)' } = fields
  return `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`
}

/** What a `.npy` file may begin with that is refused, and a part of the message. */
export const badHeaders: readonly (readonly [name: string, bytes: Buffer, message: string])[] = [
  ['nothing', Buffer.alloc(0), 'is not a .npy file'],
  ['another format', Buffer.from('PK\x03\x04 is a zip file'), 'is not a .npy file'],
  ['version 4', header(dict(), 4), 'unknown .npy version 4.0'],
  ['a cut head', header(dict()).subarray(0, 9), 'is cut off in its header'],
  ['a cut dict', header(dict()).subarray(0, 40), 'is cut off in its header'],
  [
    'an endless header',
    Buffer.concat([header(dict(), 2).subarray(0, 8), Buffer.from([255, 255, 255, 127])]),
    'header of 2147483647',
  ],
  ['float64', header(dict({ descr: "'<f8'" })), 'holds <f8 values'],
  ['big-endian', header(dict({ descr: "'>f4'" })), 'holds >f4 values'],
  ['objects', header(dict({ descr: "'|O'" })), 'holds |O values'],
  ['complex numbers', header(dict({ descr: "'<c8'" })), 'holds <c8 values'],
  ['integers', header(dict({ descr: "'<i8'" })), 'holds <i8 values'],
  ['half floats', header(dict({ descr: "'<f2'" })), 'holds <f2 values'],
  ['a size that is a word', header(dict({ shape: '(True, 3)' })), 'cannot be read'],
  ['a size with a fraction', header(dict({ shape: '(2.0, 3)' })), 'cannot be read'],
  ['records', header(dict({ descr: "[('a', '<f4')]" })), 'cannot be read'],
  ['columns first', header(dict({ order: 'True' })), 'Fortran order'],
  ['one dimension', header(dict({ shape: '(6,)' })), 'has 1 dimensions'],
  ['three dimensions', header(dict({ shape: '(1, 2, 3)' })), 'has 3 dimensions'],
  ['no dimension', header(dict({ shape: '()' })), 'has 0 dimensions'],
  ['a negative size', header(dict({ shape: '(-1, 3)' })), 'cannot be read'],
  ['an impossible size', header(dict({ shape: '(999999999999, 99999)' })), 'impossible shape'],
  ['a missing key', header("{'descr': '<f4', 'shape': (2, 3), }"), 'cannot be read'],
  ['a key too many', header(`${dict().slice(0, -2)} 'x': 1, }`), 'cannot be read'],
  ['code', header("__import__('os')"), 'cannot be read'],
]
