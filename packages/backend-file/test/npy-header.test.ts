import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { formatNpyHeader, parseNpyHeader } from '../src/npy/npy-header.js'
import { badHeaders, header } from './support/bad-headers.js'
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

  it.each(badHeaders)('is refused: %s', (_name, bytes, message) => {
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
