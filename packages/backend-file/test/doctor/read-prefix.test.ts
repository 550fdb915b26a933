import { join } from 'node:path'
import { silentLogger } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { repairDirectoryIn } from '../../src/doctor/repair-directory.js'
import { FileBackend, repairDirectory } from '../../src/index.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { damageCases } from './damage-cases.js'
import {
  hurtTransaction,
  journalsOf,
  node,
  openHere,
  shown,
  showStore,
  writeAndDie,
  writeKilledStore,
} from './hurt-store.js'

async function openPrefix(dataDir: string) {
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) }
  const backend = await openHere(dataDir, { readOnly: true, damagedJournal: 'readPrefix', logger })
  return { backend, warnings }
}

const inJournals = damageCases.filter(
  ({ finding }) => finding.startsWith('JOURNAL_') && finding !== 'JOURNAL_REFUSED',
)

describe.each(inJournals)('$name', ({ make, after }) => {
  it('can be read up to the damage, on request', async () => {
    const dataDir = await temporaryDirectory()
    await make(dataDir)
    await expect(openHere(dataDir, { readOnly: true })).rejects.toMatchObject({ code: 'CORRUPT' })
    const { backend, warnings } = await openPrefix(dataDir)
    await using reader = backend
    for (let time = 0; time < 3; time++) expect(await showStore(reader)).toBe(after)
    expect(warnings).toEqual([
      expect.stringMatching(/journal-\d{16}\.log.*: what was written after that is not shown$/),
    ])
    expect((await reader.admin.verify()).problems).not.toEqual([])
  })
})

describe('a reader of what is before the damage', () => {
  it('names the journal and the byte', async () => {
    const dataDir = await temporaryDirectory()
    await writeKilledStore(dataDir)
    await hurtTransaction(join(dataDir, (await journalsOf(dataDir))[0] ?? ''), 1)
    const { backend, warnings } = await openPrefix(dataDir)
    await backend.close()
    expect(warnings).toEqual([
      'journal-0000000000000002.log is damaged at byte 912: what was written after that is not shown',
    ])
  })

  it('goes on when the store was repaired', async () => {
    const dataDir = await temporaryDirectory()
    await writeKilledStore(dataDir)
    await hurtTransaction(join(dataDir, (await journalsOf(dataDir))[0] ?? ''), 1)
    const { backend, warnings } = await openPrefix(dataDir)
    await using reader = backend
    expect(await showStore(reader)).toBe(shown('a', 'b', 'c', 'j1'))
    await repairDirectory({ dataDir, repairs: ['cut-journal'] })
    expect(await showStore(reader)).toBe(shown('a', 'b', 'c', 'j1'))
    await using writer = await openHere(dataDir)
    await writer.insertNode(node('n'))
    expect(await showStore(reader)).toBe(shown('a', 'b', 'c', 'j1', 'n'))
    expect(warnings).toHaveLength(1)
  })

  it('follows a store that is not damaged as any reader does', async () => {
    const dataDir = await temporaryDirectory()
    await writeKilledStore(dataDir)
    const { backend, warnings } = await openPrefix(dataDir)
    await using reader = backend
    expect(await showStore(reader)).toBe(shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4'))
    await writeAndDie(dataDir, ['k'])
    expect(await showStore(reader)).toBe(shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4', 'k'))
    expect(warnings).toEqual([])
  })

  it('is told when the damage comes later', async () => {
    const dataDir = await temporaryDirectory()
    await writeKilledStore(dataDir)
    const { backend, warnings } = await openPrefix(dataDir)
    await using reader = backend
    expect(await showStore(reader)).toBe(shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4'))
    await writeAndDie(dataDir, ['k1', 'k2', 'k3'])
    const newest = join(dataDir, (await journalsOf(dataDir))[1] ?? '')
    await hurtTransaction(newest, 2)
    expect(await showStore(reader)).toBe(shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4', 'k1'))
    expect(warnings).toHaveLength(1)
  })

  it('cannot write', async () => {
    const dataDir = await temporaryDirectory()
    for (const options of [{}, { readOnly: false }]) {
      await expect(FileBackend.open({ dataDir, damagedJournal: 'readPrefix', ...options })).rejects.toThrow(
        TypeError,
      )
    }
    const wrong = { damagedJournal: 'skip' } as unknown as { readonly damagedJournal: 'refuse' }
    await expect(FileBackend.open({ dataDir, readOnly: true, ...wrong })).rejects.toThrow(TypeError)
  })
})

it('reads beside what an interrupted repair has not removed yet', async () => {
  const dataDir = await temporaryDirectory()
  await writeKilledStore(dataDir)
  await writeAndDie(dataDir, ['k1', 'k2'])
  await hurtTransaction(join(dataDir, (await journalsOf(dataDir))[0] ?? ''), 1)
  const files: FaultyFileSystem = new FaultyFileSystem((_, operation) =>
    operation === 'unlink' && files.calls.includes('rename journal-0000000000000004.log') ? 'fail' : 'run',
  )
  await expect(
    repairDirectoryIn(environmentOn(files), { dataDir, repairs: ['cut-journal'] }),
  ).rejects.toMatchObject({ code: 'CONNECTION' })
  await files.abandon()
  expect(await journalsOf(dataDir)).toHaveLength(3)
  await using reader = await openHere(dataDir, { readOnly: true })
  expect(await showStore(reader)).toBe(shown('a', 'b', 'c', 'j1'))
})
