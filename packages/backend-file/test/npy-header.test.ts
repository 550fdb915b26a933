import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { formatNpyHeader, parseNpyHeader } from '../src/npy/npy-header.js'
import { python, runPython } from './support/python.js'
import { npyBytes } from './support/small-store.js'

const shapes = [
  [0, 512],
  [1, 3],
  [9, 1],
  [143, 512],
  [99_999, 1024],
  [1_000_000, 16_000],
  [1_000_000_000, 1024],
] as const

function header(dict: string, version = 1): Buffer {
  const text = Buffer.from(`${dict}\n`, 'latin1')
  const length = Buffer.alloc(version === 1 ? 2 : 4)
  if (version === 1) length.writeUInt16LE(text.length)
  else length.writeUInt32LE(text.length)
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.from([version, 0]), length, text])
}

function dict(fields: { descr?: string; order?: string; shape?: string } = {}): string {
  const { descr = "'<f4'", order = 'False', shape = '(2, 3)' } = fields
  return `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`
}

describe('a .npy header', () => {
  it.each(shapes)('of %i rows of %i values is read back', (rows, columns) => {
    const bytes = formatNpyHeader(rows, columns)
    expect(bytes.length % 64).toBe(0)
    expect(parseNpyHeader(bytes, 'x')).toEqual({ rows, columns, dataOffset: bytes.length })
  })

  it('may have any of the three versions, any order of keys and longs of Python 2', () => {
    for (const version of [1, 2, 3]) {
      const bytes = header("{'shape': (2L, 3L), 'fortran_order': False, 'descr': '<f4'}", version)
      expect(parseNpyHeader(bytes, 'x')).toEqual({ rows: 2, columns: 3, dataOffset: bytes.length })
    }
  })

  it.each([
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
  ])('is refused: %s', (_name, bytes, message) => {
    expect(() => parseNpyHeader(bytes, 'vectors/nodes.npy')).toThrow(
      expect.objectContaining({
        code: 'CORRUPT',
        message: expect.stringMatching(/^vectors\/nodes\.npy .*\(byte \d+\)$/),
      }),
    )
    expect(() => parseNpyHeader(bytes, 'x')).toThrow(message)
  })
})

describe.runIf(python !== undefined)('NumPy', () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-npy-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  it('writes the same header', () => {
    const program = `
import sys, json
from numpy.lib import format
for shape in json.loads(sys.argv[1]):
    format.write_array_header_1_0(sys.stdout.buffer, {'descr': '<f4', 'fortran_order': False, 'shape': tuple(shape)})`
    const expected = runPython(program, JSON.stringify(shapes))
    expect(
      Buffer.concat(shapes.map(([rows, columns]) => formatNpyHeader(rows, columns))).equals(expected),
    ).toBe(true)
  })

  it('saves the same file', () => {
    const path = join(directory, 'rows.npy')
    runPython(
      "import sys, numpy as np; np.save(sys.argv[1], np.array([[1.5, -2, 0], [3e38, 1e-45, -0.0]], '<f4'))",
      path,
    )
    expect(
      readFileSync(path).equals(
        npyBytes([
          [1.5, -2, 0],
          [3e38, 1e-45, -0],
        ]),
      ),
    ).toBe(true)
  })

  it('writes versions 2.0 and 3.0 that we read', () => {
    for (const version of ['2', '3']) {
      const path = join(directory, `v${version}.npy`)
      const program = `
import sys, numpy as np
with open(sys.argv[1], 'wb') as f: np.lib.format.write_array(f, np.ones((2, 3), '<f4'), version=(${version}, 0))`
      runPython(program, path)
      const bytes = readFileSync(path)
      expect(bytes[6]).toBe(Number(version))
      expect(parseNpyHeader(bytes, path)).toMatchObject({
        rows: 2,
        columns: 3,
        dataOffset: bytes.length - 24,
      })
    }
  })
})
