import { appendFile, mkdir, readdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inspectDirectoryIn } from '../../src/doctor/inspect-directory.js'
import { repairDirectoryIn } from '../../src/doctor/repair-directory.js'
import {
  FileBackend,
  inspectDirectory,
  type RepairName,
  repairDirectory,
  repairNames,
} from '../../src/index.js'
import { directoryImage } from '../support/directory-image.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { findingCases } from './finding-cases.js'
import {
  node,
  openHere,
  writeAndDie,
  writeClosedStore,
  writeKilledStore,
  writePythonStore,
} from './hurt-store.js'

async function inspectUnchanged(dataDir: string) {
  const before = await directoryImage(dataDir)
  const report = await inspectDirectory({ dataDir })
  expect(await directoryImage(dataDir)).toEqual(before)
  return report
}

describe('a directory in which nothing is wrong', () => {
  it('that is empty', async () => {
    const dataDir = await temporaryDirectory()
    expect(await inspectUnchanged(dataDir)).toEqual({
      dataDir,
      ok: true,
      layout: 'empty',
      bytes: 0,
      records: { nodes: 0, episodes: 0, unowned: 0 },
      files: [],
      baseRecord: { state: 'missing' },
      journals: [],
      pendingTransactions: 0,
      copy: [],
      quarantine: [],
      findings: [],
    })
  })

  it("of the Python system's", async () => {
    const dataDir = await temporaryDirectory()
    await writePythonStore(dataDir)
    const report = await inspectUnchanged(dataDir)
    expect(report).toMatchObject({
      ok: true,
      layout: 'python',
      records: { nodes: 3, episodes: 1, unowned: 0 },
      dimensions: 3,
      findings: [],
    })
    expect(report.files.map(({ path, state }) => [path, state])).toEqual([
      ['corpus/nodes.json', 'unrecorded'],
      ['corpus/episodes.json', 'unrecorded'],
      ['vectors/nodes.npy', 'unrecorded'],
      ['vectors/episodes.npy', 'unrecorded'],
      ['indexes/clusters.json', 'unrecorded'],
      ['manifest.json', 'unrecorded'],
    ])
  })

  it('that was closed', async () => {
    const dataDir = await temporaryDirectory()
    await writeClosedStore(dataDir)
    const report = await inspectUnchanged(dataDir)
    expect(report).toMatchObject({
      ok: true,
      layout: 'holdfast',
      records: { nodes: 3, episodes: 1 },
      baseRecord: { state: 'whole', sequence: 2, generation: 1 },
      journals: [],
      findings: [],
    })
    expect(new Set(report.files.map(({ state }) => state))).toEqual(new Set(['recorded']))
    expect(report.copy.map(({ of, isCurrent }) => [of, isCurrent])).toEqual([
      ['corpus/nodes.json', true],
      ['corpus/episodes.json', true],
      ['vectors/nodes.npy', true],
      ['vectors/episodes.npy', true],
      ['indexes/clusters.json', true],
      ['manifest.json', true],
      ['.holdfast/store.json', true],
    ])
  })

  it('whose writer was killed', async () => {
    const dataDir = await temporaryDirectory()
    await writeKilledStore(dataDir)
    const report = await inspectUnchanged(dataDir)
    expect(report).toMatchObject({
      ok: true,
      records: { nodes: 7 },
      pendingTransactions: 4,
      holder: { pid: 999_999_999, host: hostname(), isAlive: false },
    })
    expect(report.journals).toMatchObject([
      { generation: 2, end: 'open', sequences: { first: 3, next: 7 }, transactions: 4 },
    ])
    expect(report.findings.map(({ code, repairs }) => [code, repairs])).toEqual([
      ['OWNER_LEFT', ['next open']],
      ['JOURNAL_PENDING', ['next open']],
    ])
    await (await openHere(dataDir)).close()
    expect(await inspectUnchanged(dataDir)).toMatchObject({ ok: true, records: { nodes: 7 }, findings: [] })
  })

  it('while somebody writes', async () => {
    const dataDir = await temporaryDirectory()
    await writeClosedStore(dataDir)
    const backend = await openHere(dataDir)
    let isWriting = true
    let written = 0
    const writing = (async () => {
      for (; isWriting; written++) {
        await backend.insertNode(node(`w${written}`))
        if (written % 20 === 19) await backend.admin.compact()
      }
    })()
    const counts: number[] = []
    while (written < 100) {
      const before = written
      const { ok, findings, records, holder } = await inspectDirectory({ dataDir })
      expect(findings.map(({ code }) => code)).toContain('WRITER_ACTIVE')
      expect([ok, findings.filter(({ severity }) => severity !== 'info')]).toEqual([true, []])
      expect(holder).toMatchObject({ pid: process.pid, isAlive: true })
      expect(records?.nodes).toBeGreaterThanOrEqual(3 + before)
      counts.push(records?.nodes ?? 0)
    }
    isWriting = false
    await writing
    await backend.close()
    expect(new Set(counts).size).toBeGreaterThan(3)
  })
})

describe.each(findingCases)('$name', ({ make, finding, severity, repairs, says, refusal }) => {
  it('is named', async () => {
    const dataDir = await temporaryDirectory()
    await make(dataDir)
    const { ok, findings } = await inspectUnchanged(dataDir)
    const found = findings.find(({ code }) => code === finding)
    expect(found, JSON.stringify(findings)).toMatchObject({ severity, repairs })
    expect(found?.message).toMatch(says)
    expect(ok).toBe(severity === 'info')
    if (refusal === undefined) {
      await (await openHere(dataDir)).close()
      expect(await inspectUnchanged(dataDir)).toMatchObject({ ok: true })
      expect((await inspectUnchanged(dataDir)).findings.map(({ code }) => code)).not.toContain(finding)
    } else await expect(openHere(dataDir)).rejects.toMatchObject({ code: refusal })
  })

  it('is not changed by any repair that does not help', async () => {
    if (refusal === undefined) return
    for (const repair of repairNames) {
      const dataDir = await temporaryDirectory()
      await make(dataDir)
      const before = await filesOnly(dataDir)
      await repairDirectory({ dataDir, repairs: [repair] }).catch(() => {})
      expect(await filesOnly(dataDir), repair).toEqual(before)
      await expect(openHere(dataDir), repair).rejects.toMatchObject({ code: refusal })
    }
  })
})

/** What the directory holds, other than directories and what names the last holder of its lock. */
async function filesOnly(dataDir: string) {
  const image = await directoryImage(dataDir)
  return new Map([...image].filter(([path, hash]) => hash !== 'directory' && !path.endsWith('owner.json')))
}

describe('what is worth knowing', () => {
  it('are records without an owner', async () => {
    const dataDir = await temporaryDirectory()
    await writePythonStore(dataDir)
    const path = join(dataDir, 'corpus/nodes.json')
    await writeFile(path, (await readFile(path, 'utf8')).replace('"user_id": "ann"', '"user_id": null'))
    expect(await inspectUnchanged(dataDir)).toMatchObject({
      ok: true,
      records: { nodes: 3, unowned: 1 },
      findings: [{ code: 'UNOWNED_RECORDS', severity: 'info', repairs: [] }],
    })
  })

  it('is what lies in quarantine', async () => {
    const dataDir = await temporaryDirectory()
    await writeClosedStore(dataDir)
    await mkdir(join(dataDir, '.holdfast/quarantine/old'), { recursive: true })
    await writeFile(join(dataDir, '.holdfast/quarantine/old/x'), '12345')
    expect(await inspectUnchanged(dataDir)).toMatchObject({
      ok: true,
      quarantine: [{ path: '.holdfast/quarantine/old/x', bytes: 5 }],
      findings: [{ code: 'QUARANTINE', severity: 'info', repairs: [] }],
    })
  })

  it('are journals that count no more', async () => {
    const dataDir = await temporaryDirectory()
    await writeClosedStore(dataDir)
    await writeAndDie(dataDir, ['j1'], { durability: 'normal' })
    await writeAndDie(dataDir, [], { durability: 'normal' })
    const { journals } = await inspectUnchanged(dataDir)
    expect(journals.map(({ end }) => end)).toEqual(['superseded', 'open'])
  })
})

describe('a journal that the system does not give', () => {
  it.each([
    ['open read', /EACCES/],
    ['read', /EACCES/],
  ])('is a finding, and nothing is repaired: %s fails', async (operation, says) => {
    const dataDir = await temporaryDirectory()
    await writeKilledStore(dataDir)
    const files: FaultyFileSystem = new FaultyFileSystem(
      (_, called, path) => (called === operation && path.endsWith('.log') ? 'fail' : 'run'),
      'EACCES',
    )
    const { ok, findings } = await inspectDirectoryIn(environmentOn(files), { dataDir })
    const found = findings.find(({ code }) => code === 'FILE_UNREADABLE')
    expect([ok, found]).toMatchObject([false, { repairs: [], message: expect.stringMatching(says) }])
    const before = await filesOnly(dataDir)
    const repair = repairDirectoryIn(environmentOn(files), { dataDir, repairs: ['cut-journal'] })
    await expect(repair).rejects.toMatchObject({ code: 'CONNECTION' })
    expect(await filesOnly(dataDir)).toEqual(before)
    expect(files.openFiles).toEqual([])
  })
})

describe('a place without a store', () => {
  it('is an error when there is nothing', async () => {
    const dataDir = join(await temporaryDirectory(), 'none')
    await expect(inspectDirectory({ dataDir })).rejects.toMatchObject({ code: 'CONNECTION' })
    await expect(repairDirectory({ dataDir, repairs: [] })).rejects.toMatchObject({ code: 'CONNECTION' })
  })

  it('is a finding when there is something else', async () => {
    const dataDir = await temporaryDirectory()
    await writeFile(join(dataDir, 'letter.txt'), 'dear')
    expect(await inspectUnchanged(dataDir)).toMatchObject({
      ok: false,
      layout: 'other',
      findings: [{ code: 'NOT_A_STORE' }],
    })
    await expect(repairDirectory({ dataDir, repairs: ['cut-base'] })).rejects.toMatchObject({
      code: 'CONNECTION',
    })
    expect(await readdir(dataDir)).toEqual(['letter.txt'])
  })
})

describe('a repair that cannot be', () => {
  it('is refused by its name', async () => {
    const dataDir = await temporaryDirectory()
    const wrong = [['adopt', 'restore'], ['shake']] as unknown as readonly (readonly RepairName[])[]
    for (const repairs of wrong)
      await expect(repairDirectory({ dataDir, repairs })).rejects.toThrow(TypeError)
  })

  it('is refused while somebody writes', async () => {
    const dataDir = await temporaryDirectory()
    await writeClosedStore(dataDir)
    await using _ = await FileBackend.open({ dataDir })
    for (const repair of repairNames) {
      await expect(repairDirectory({ dataDir, repairs: [repair] })).rejects.toMatchObject({ code: 'LOCKED' })
    }
  })

  it('does not restore what there is no copy of', async () => {
    const dataDir = await temporaryDirectory()
    await writeClosedStore(dataDir)
    await unlink(join(dataDir, '.holdfast/copy/corpus-nodes.json'))
    await appendFile(join(dataDir, 'corpus/nodes.json'), '\n')
    const { findings } = await inspectUnchanged(dataDir)
    expect(findings).toMatchObject([{ code: 'FOREIGN_BASE', repairs: ['adopt'] }])
    const before = await filesOnly(dataDir)
    await expect(repairDirectory({ dataDir, repairs: ['restore'] })).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
    })
    expect(await filesOnly(dataDir)).toEqual(before)
  })
})
