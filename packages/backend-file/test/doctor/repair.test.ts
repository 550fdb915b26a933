import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inspectDirectory, type RepairName, repairDirectory } from '../../src/index.js'
import { directoryImage } from '../support/directory-image.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { damageCases } from './damage-cases.js'
import { filesBelow } from './files-below.js'
import {
  flipBit,
  journalsOf,
  openHere,
  shown,
  showStore,
  writeAndDie,
  writeClosedStore,
} from './hurt-store.js'

const errorsOf = ({ findings }: Awaited<ReturnType<typeof inspectDirectory>>) =>
  findings.filter(({ severity }) => severity === 'error')

describe.each(damageCases)('$name', ({ make, finding, refusal, repairs, after, kept, says }) => {
  it('is found, refused, and repaired without losing a byte', async () => {
    const dataDir = await temporaryDirectory()
    await make(dataDir)
    const hurt = await filesBelow(dataDir)
    const before = await inspectDirectory({ dataDir })
    expect(before.ok).toBe(false)
    const found = before.findings.find(({ code }) => code === finding)
    expect(found, JSON.stringify(before.findings)).toMatchObject({ severity: 'error' })
    if (says) expect(found?.message).toMatch(says)
    const offered = before.findings.flatMap((each) => each.repairs)
    for (const repair of repairs.slice(0, 1)) expect(offered).toContain(repair)
    await expect(openHere(dataDir)).rejects.toMatchObject({ code: refusal })

    const report = await repairDirectory({ dataDir, repairs })
    expect(report.repairs.map(({ repair }) => repair)).toEqual(repairs)
    for (const { done } of report.repairs) expect(done).not.toEqual([])

    const repaired = await inspectDirectory({ dataDir })
    expect(errorsOf(repaired)).toEqual([])
    const quarantine = await filesBelow(join(dataDir, '.holdfast/quarantine'))
    for (const pattern of kept) {
      const matching = [...hurt].filter(([path]) => pattern.test(path))
      expect(matching, String(pattern)).not.toEqual([])
      for (const [path, content] of matching) {
        const copies = [...quarantine.values()].filter((copy) => copy.equals(content))
        expect(copies, path).toHaveLength(1)
      }
    }
    const named = report.repairs.flatMap(({ quarantined }) => quarantined)
    expect(named.sort()).toEqual([...quarantine.keys()].map((path) => `.holdfast/quarantine/${path}`).sort())
    {
      await using reader = await openHere(dataDir, { readOnly: true })
      expect(await showStore(reader)).toBe(after)
    }
    {
      await using writer = await openHere(dataDir)
      expect(await showStore(writer)).toBe(after)
    }
    await using again = await openHere(dataDir)
    expect(await showStore(again)).toBe(after)
    expect(await again.admin.verify()).toEqual({ problems: [] })
  })

  it('needs the repair once only, and no other does anything', async () => {
    const dataDir = await temporaryDirectory()
    await make(dataDir)
    await repairDirectory({ dataDir, repairs })
    const image = await directoryImage(dataDir)
    const others: readonly RepairName[] = [
      'rebuild-commit',
      'drop-commit',
      'cut-base',
      'reset-record',
      'cut-journal',
    ]
    for (const last of ['adopt', 'restore'] as const) {
      const report = await repairDirectory({ dataDir, repairs: [...others, last] })
      for (const { repair, done } of report.repairs) expect([repair, done]).toEqual([repair, []])
    }
    // A commit that was written anew is finished by whatever opens the directory next.
    if (!repairs.includes('rebuild-commit')) expect(await directoryImage(dataDir)).toEqual(image)
  })
})

it('a journal that was cut holds what only the cache of the system may have', async () => {
  const dataDir = await temporaryDirectory()
  await writeClosedStore(dataDir)
  await writeAndDie(dataDir, ['j1', 'j2'], { durability: 'normal' })
  await writeAndDie(dataDir, ['k1'])
  const [older = '', newer = ''] = await journalsOf(dataDir)
  await flipBit(join(dataDir, newer), 24)
  await repairDirectory({ dataDir, repairs: ['cut-journal'] })
  await unlink(join(dataDir, older))
  await using reader = await openHere(dataDir, { readOnly: true })
  expect(await showStore(reader)).toBe(shown('a', 'b', 'c', 'j1', 'j2'))
})
