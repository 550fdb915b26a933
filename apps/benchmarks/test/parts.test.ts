import fs from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { insertedBytes, SampleNodes } from '../src/file-insert/sample-nodes.js'
import { meetsTarget } from '../src/finding.js'
import { findingsTable } from '../src/findings-table.js'
import { quantile } from '../src/quantile.js'
import { SyncCounter } from '../src/sync-counter.js'
import { writtenBytes } from '../src/written-bytes.js'
import { temporaryFolder } from './run-bench.js'

const atMost = (value: number) => ({ bound: 'at most', value }) as const
const atLeast = (value: number) => ({ bound: 'at least', value }) as const

describe('quantile', () => {
  it('interpolates between the sorted samples', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2)
    expect(quantile([10, 1, 2, 3], 0.5)).toBe(2.5)
    expect(quantile([10, 1, 2, 3], 0.25)).toBe(1.75)
    expect([0, 0.5, 1].map((share) => quantile([7], share))).toEqual([7, 7, 7])
    expect([0, 1].map((share) => quantile([100, 20, 3], share))).toEqual([3, 100])
    expect(() => quantile([], 0.5)).toThrow(RangeError)
  })
})

describe('a finding', () => {
  const finding = { name: 'a', unit: 'ms', samples: [1, 3, 2] }

  it('is compared with its target by its median', () => {
    expect(meetsTarget({ ...finding, target: atMost(2) })).toBe(true)
    expect(meetsTarget({ ...finding, target: atMost(1.9) })).toBe(false)
    expect(meetsTarget({ ...finding, target: atLeast(2) })).toBe(true)
    expect(meetsTarget({ ...finding, target: atLeast(2.1) })).toBe(false)
    expect(meetsTarget(finding)).toBeUndefined()
    expect(meetsTarget({ ...finding, samples: [], target: atMost(2) })).toBeUndefined()
  })

  it('is a row of the table', () => {
    const findings = [
      { ...finding, target: atMost(2) },
      { ...finding, name: 'bb', unit: 'nodes/s', samples: [12_345], target: atLeast(20_000) },
      { name: 'c', unit: '', samples: [], target: atMost(5) },
    ]
    expect(findingsTable(findings, true)).toBe(`\
figure  reached            middle half of the runs  target
------  -----------------  -----------------------  ---------------  ------
a       2 ms               1.5 to 2.5               at most 2        met
bb      12,300 nodes/s     one run                  at least 20,000  MISSED
c       not measured here                           at most 5
`)
    expect(findingsTable(findings, false)).not.toMatch(/met|MISSED/)
  })
})

describe('sample nodes', () => {
  it('have 1 KB of text on average, and what they say to be their bytes', () => {
    const nodes = new SampleNodes(8, 1).take(2000)
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(2000)
    expect(insertedBytes(nodes) / 2000 - 4 * 8).toBeGreaterThan(950)
    expect(insertedBytes(nodes) / 2000 - 4 * 8).toBeLessThan(1100)
    const node = { humanContent: 'é', assistantContent: 'ab', embedding: new Float32Array(3) }
    expect(insertedBytes([node])).toBe(2 + 2 + 12)
  })

  it('are the same for a seed, and others for another', () => {
    expect(new SampleNodes(4, 1).take(3)).toEqual(new SampleNodes(4, 1).take(3))
    expect(new SampleNodes(4, 1).take(3)).not.toEqual(new SampleNodes(4, 2).take(3))
  })
})

describe('what a write costs', () => {
  it('is counted in syncs, as long as somebody counts', async () => {
    const file = await open(join(await temporaryFolder(), 'file'), 'w')
    const [fsync, fdatasync] = [fs.fsync, fs.fdatasync]
    const counter = new SyncCounter()
    {
      using counting = counter
      // As a module sees it that imported them before.
      const imported = await import('node:fs')
      await promisify(imported.fsync)(file.fd)
      await promisify(imported.fdatasync)(file.fd)
      expect(counting.count).toBe(2)
    }
    await promisify(fs.fsync)(file.fd)
    await file.close()
    expect(counter.count).toBe(2)
    expect([fs.fsync, fs.fdatasync]).toEqual([fsync, fdatasync])
  })

  it('is counted in bytes where Linux counts them', async () => {
    const path = join(await temporaryFolder(), 'file')
    const before = await writtenBytes()
    await writeFile(path, Buffer.alloc(1_000_000))
    const after = await writtenBytes()
    if (process.platform !== 'linux') return expect([before, after]).toEqual([undefined, undefined])
    const written = (after?.handed ?? 0) - (before?.handed ?? 0)
    expect(written).toBeGreaterThanOrEqual(1_000_000)
    expect(written).toBeLessThan(1_100_000)
  })
})
