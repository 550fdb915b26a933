import { join } from 'node:path'
import { FileBackend } from '@holdfast/backend-file'
import { describe, expect, it } from 'vitest'
import { compareSearchers } from '../src/file-search/compare-searchers.js'
import { exactTop, recallOf } from '../src/file-search/exact-top.js'
import { LargeStore, largeTenant } from '../src/file-search/large-store.js'
import { longestBlock } from '../src/file-search/longest-block.js'
import { measurePython } from '../src/file-search/measure-python.js'
import { peerNames, peersFor } from '../src/file-search/peers/peers.js'
import { findPython } from '../src/file-search/python.js'
import { Queries } from '../src/file-search/queries.js'
import { SampleRows } from '../src/file-search/sample-rows.js'
import { answerOf, backendSearcher, type Searcher } from '../src/file-search/searcher.js'
import { readVectorFile, vectorFileHeader } from '../src/file-search/vector-file.js'
import { vectorsPath, writePythonStore } from '../src/file-search/write-python-store.js'
import { vocabularySize, zipfText, zipfWord } from '../src/file-search/zipf-words.js'
import { LineProgram } from '../src/line-program.js'
import { OtherProgramError } from '../src/other-program-error.js'
import { randomNumbers } from '../src/random.js'
import { complaintIn, runProgram } from '../src/run-program.js'
import { temporaryFolder } from './run-bench.js'

const seed = 7

describe('sample rows', () => {
  const rows = new SampleRows(256, seed)
  const vectors = Array.from({ length: 300 }, (_, row) => {
    const vector = new Float32Array(256)
    rows.vector(row, vector)
    return vector
  })

  it('are a function of the seed and the number', () => {
    const again = new Float32Array(256)
    new SampleRows(256, seed).vector(5, again)
    expect(again).toEqual(vectors[5])
    new SampleRows(256, seed + 1).vector(5, again)
    expect(again).not.toEqual(vectors[5])
    expect(new Set(vectors.map((vector) => vector.join())).size).toBe(300)
    expect(vectors).not.toContainEqual(rows.query(5))
    expect(rows.text(3)).toEqual(new SampleRows(8, seed).text(3))
    expect(rows.text(3)).not.toEqual(rows.text(4))
  })

  it('are nearly of length 1, and lie in clusters that lean one way', () => {
    for (const vector of vectors) {
      expect(Math.hypot(...vector)).toBeGreaterThan(0.979)
      expect(Math.hypot(...vector)).toBeLessThan(1.021)
    }
    const cosines = vectors.flatMap((one, index) =>
      vectors.slice(0, index).map((other) => cosine(one, other)),
    )
    const near = cosines.filter((each) => each > 0.45)
    const far = cosines.filter((each) => each <= 0.45)
    expect(mean(near)).toBeCloseTo(0.61, 1)
    expect(mean(far)).toBeCloseTo(0.22, 1)
    expect(near.length / cosines.length).toBeGreaterThan(0.5 / 128)
    expect(near.length / cosines.length).toBeLessThan(2 / 128)
  })

  it('use words as often as Zipf says', () => {
    const random = randomNumbers(seed)
    const counts = new Map<string, number>()
    for (let drawn = 0; drawn < 200_000; drawn++) {
      const word = zipfWord(random)
      counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    const [first = 0, second = 0] = [...counts.values()].sort((a, b) => b - a)
    expect(first / 200_000).toBeCloseTo(Math.log(2) / Math.log(vocabularySize + 1), 2)
    expect(second / first).toBeCloseTo(Math.log(1.5) / Math.log(2), 1)
    expect(counts.size).toBeGreaterThan(vocabularySize / 2)
    expect(counts.size).toBeLessThanOrEqual(vocabularySize)
    expect(zipfText(random, 7).split(' ')).toHaveLength(7)
  })
})

describe('the store that is measured', () => {
  it('is one that is read as Python would have left it', async () => {
    const dataDir = join(await temporaryFolder(), 'store')
    const rows = new SampleRows(6, seed)
    const tenantOf = (row: number) => `t${row % 2}`
    await writePythonStore(rows, { dataDir, count: 4, rowAt: (place) => place * 3, tenantOf })
    await using backend = await FileBackend.open({ dataDir, readOnly: true })
    const nodes = await backend.getNodes({ tenantId: 't1' })
    expect(nodes.map(({ id }) => id)).toEqual(['node-3', 'node-9'])
    expect(nodes.map(({ humanContent }) => humanContent)).toEqual([3, 9].map((row) => rows.text(row).human))
    const { data } = await backend.getEmbeddings({ tenantId: 't1' })
    const vector = new Float32Array(6)
    rows.vector(9, vector)
    expect(data.subarray(6)).toEqual(vector)
    expect((await readVectorFile(vectorsPath(dataDir), 4, 6)).subarray(18)).toEqual(vector)
    await expect(readVectorFile(vectorsPath(dataDir), 5, 6)).rejects.toThrow('fewer rows')
  })

  it('has vectors with a header of 128 bytes', () => {
    const header = vectorFileHeader(1_000_000, 16_000)
    expect(header.length).toBe(128)
    expect([...header.subarray(0, 10)]).toEqual([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0])
    expect(header.toString('latin1', 10)).toMatch(/^\{.*'shape': \(1000000, 16000\), \} +\n$/)
  })

  it('is searched with queries that were not used before', async () => {
    const queries = await Queries.write(new SampleRows(4, seed), 5, join(await temporaryFolder(), 'q.npy'))
    expect(queries.take(2)).toEqual([0, 1])
    expect(queries.take(3)).toEqual([2, 3, 4])
    expect(() => queries.take(1)).toThrow(RangeError)
    expect(await readVectorFile(queries.path, 5, 4)).toEqual(
      Float32Array.from(queries.vectors.flatMap((vector) => [...vector])),
    )
  })
})

describe('what has to be found', () => {
  const vectors = Float32Array.of(1, 0, 0, 1, 2, 0.1, -1, 0, 3, 0)

  it('are the rows with the highest cosine, and those that score the same', () => {
    const query = Float32Array.of(5, 0)
    expect(exactTop(vectors, query, 1)).toEqual({ rows: new Set([0, 4]), count: 1 })
    expect(exactTop(vectors, query, 3)).toEqual({ rows: new Set([0, 2, 4]), count: 3 })
    expect(exactTop(vectors, query, 9).count).toBe(5)
  })

  it('is compared with what was found', () => {
    const top = { rows: new Set([0, 2, 4]), count: 2 }
    expect(recallOf([0, 4], top)).toBe(1)
    expect(recallOf([2, 1], top)).toBe(0.5)
    expect(recallOf([2, 2], top)).toBe(0.5)
    expect(recallOf([], top)).toBe(0)
  })
})

describe('a comparison', () => {
  it.each([
    [1, ['a6', 'b6', 'b7', 'a7', 'a8', 'b8', 'b9', 'a9']],
    [2, ['a6', 'a7', 'b6', 'b7', 'b8', 'b9', 'a8', 'a9']],
    [5, ['a6', 'a7', 'a8', 'a9', 'b6', 'b7', 'b8', 'b9']],
  ])(
    'asks in turns, %i in a row, and throws the first half of the queries away',
    async (inARow, expected) => {
      const asked: string[] = []
      const searcher = (name: string, milliseconds: number, found: number): Searcher => ({
        async search(number) {
          asked.push(`${name}${number}`)
          return { milliseconds: milliseconds * number, found: [found] }
        },
      })
      const truth = { rows: new Set([3]), count: 1 }
      const truths = new Map([6, 7, 8, 9].map((number) => [number, truth]))
      const { ratios, times, recalls } = await compareSearchers(
        searcher('a', 1, 3),
        searcher('b', 4, 5),
        truths,
        { rest: 0, inARow },
      )
      expect(asked).toEqual(expected)
      expect(ratios).toEqual([0.25, 0.25])
      expect(times).toEqual([
        [8, 9],
        [32, 36],
      ])
      expect(recalls).toEqual([
        [1, 1],
        [0, 0],
      ])
    },
  )

  it('has NumPy find what is to be found, or says why there is none', async () => {
    const folder = await temporaryFolder()
    const rows = new SampleRows(16, seed)
    const store = await LargeStore.write(rows, 50, join(folder, 'store'))
    const queries = await Queries.write(rows, 9, join(folder, 'queries.npy'))
    await using backend = await FileBackend.open({ dataDir: store.dataDir, readOnly: true })
    const ours = backendSearcher(backend, largeTenant, queries)
    const { findings, comparisons } = await measurePython(ours, store, queries, 3, () => {})
    const python = await findPython().catch((error: unknown) => error)
    if (python instanceof OtherProgramError) {
      expect(new Set(findings.map(({ leftOut }) => leftOut))).toEqual(new Set([python.message]))
      return
    }
    expect(comparisons.map(({ recalls }) => recalls)).toEqual(
      Array.from({ length: 2 }, () => [
        [1, 1],
        [1, 1],
      ]),
    )
    expect(findings.map(({ samples }) => samples.length)).toEqual([2, 2, 2, 2, 2, 2])
  })

  it('accepts nothing but answers', () => {
    expect(answerOf({ milliseconds: 1.5, found: [3, 1] })).toEqual({ milliseconds: 1.5, found: [3, 1] })
    for (const wrong of [null, {}, { milliseconds: '1', found: [] }, { milliseconds: 1, found: [0.5] }])
      expect(() => answerOf(wrong)).toThrow(TypeError)
  })
})

describe('another program', () => {
  const start = (code: string) => LineProgram.start(process.execPath, ['-e', code])

  it('answers line by line until it is asked no more', async () => {
    const { program, ready } = await start(`
      console.log('"ready"')
      require('readline').createInterface({ input: process.stdin }).on('line', (line) => console.log(line + '0'))`)
    await using echo = program
    expect(ready).toBe('ready')
    expect([await echo.ask(1), await echo.ask(22)]).toEqual([10, 220])
  })

  it('is given up for a reason of its own', async () => {
    const failure = (code: string) => start(code).then(() => undefined, String)
    expect(await failure('throw new TypeError("no binary for this machine")')).toBe(
      'OtherProgramError: TypeError: no binary for this machine',
    )
    expect(await failure('process.kill(process.pid, "SIGKILL")')).toBe(
      'OtherProgramError: it ended with SIGKILL',
    )
    await expect(LineProgram.start('/nowhere/at/all', [])).rejects.toThrow(OtherProgramError)
    await expect(runProgram(process.execPath, ['-e', 'process.exit(3)'])).rejects.toThrow('it ended with 3')
    const { program } = await start(`console.log(1); process.stdin.once('data', () => process.exit(4))`)
    await expect(program.ask(1)).rejects.toThrow('it ended with 4')
    expect(await runProgram(process.execPath, ['-p', '1 + 1'])).toBe('2\n')
    expect(complaintIn('npm error code E404\n\n')).toBe('npm error code E404')
    expect(complaintIn('\n')).toBeUndefined()
  })

  it('is installed with exact versions, and one that fits the machine', () => {
    for (const platform of ['linux', 'darwin', 'win32']) {
      const peers = peersFor(platform, 'arm64', false)
      expect(peers.map(({ name }) => name)).toEqual(peerNames)
      for (const { packages } of peers) for (const each of packages) expect(each).toMatch(/.@\d+\.\d+\.\d+$/)
    }
    const lance = (...machine: Parameters<typeof peersFor>) =>
      peersFor(...machine).flatMap(({ packages }) => packages)
    expect(lance('linux', 'x64', true)).toContain('@lancedb/lancedb-linux-x64-musl@0.39.0')
    expect(lance('darwin', 'arm64', false)).toContain('@lancedb/lancedb-darwin-arm64@0.39.0')
    expect(lance('win32', 'x64', false)).toContain('@lancedb/lancedb-win32-x64-msvc@0.39.0')
  })
})

describe('the event loop', () => {
  it('is seen to be blocked in both ways', async () => {
    const { histogram, timer } = await longestBlock(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      const end = performance.now() + 60
      while (performance.now() < end);
    })
    expect(histogram).toBeGreaterThan(50)
    expect(timer).toBeGreaterThan(50)
  })
})

function cosine(one: Float32Array, other: Float32Array): number {
  const product = one.reduce((sum, value, column) => sum + value * (other[column] ?? 0), 0)
  return product / (Math.hypot(...one) * Math.hypot(...other))
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length
}
