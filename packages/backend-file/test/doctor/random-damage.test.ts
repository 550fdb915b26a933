import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { MemoryError } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { inspectDirectory, type RepairName, repairDirectory } from '../../src/index.js'
import { seed } from '../simulated-disk/seed.js'
import { type SeededRandom, seededRandom } from '../simulated-disk/seeded-random.js'
import { directoryImage } from '../support/directory-image.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { filesBelow } from './files-below.js'
import { dieInClose, flipBit, openHere, showStore, writeAndDie, writeKilledStore } from './hurt-store.js'

const rounds = Number(process.env.HOLDFAST_DOCTOR_ROUNDS ?? 30)
const run = promisify(execFile)

/** Damages a file by chance. @returns what was done. */
async function hurt(path: string, random: SeededRandom): Promise<string> {
  const bytes = await readFile(path)
  const at = random.below(Math.max(1, bytes.length))
  const length = 1 + random.below(100)
  switch (random.below(5)) {
    case 0:
      await flipBit(path, at)
      return `a bit of byte ${at}`
    case 1:
      await writeFile(path, bytes.subarray(0, at))
      return `cut at ${at}`
    case 2:
      await writeFile(path, bytes.fill(0, at, Math.min(bytes.length, at + length)))
      return `zeros at ${at}`
    case 3:
      await writeFile(path, bytes.copyWithin(at, random.below(bytes.length), at + length))
      return `moved to ${at}`
    default:
      await rm(path)
      return 'removed'
  }
}

/** What a writer says to a directory, and what it shows. */
async function open(dataDir: string): Promise<{ readonly isSound: boolean; readonly what: string }> {
  try {
    const backend = await openHere(dataDir)
    try {
      const state = await showStore(backend)
      const { problems } = await backend.admin.verify()
      return { isSound: problems.length === 0, what: [state, ...problems].join('\n') }
    } finally {
      // What cannot be read cannot be published either.
      await backend.close().catch((error: unknown) => {
        if (!(error instanceof MemoryError && error.code === 'CORRUPT')) throw error
      })
    }
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error
    return { isSound: false, what: `${error.code}: ${error.message}` }
  }
}

const errorsOf = ({ findings }: Awaited<ReturnType<typeof inspectDirectory>>) =>
  findings.filter(({ severity }) => severity === 'error')

/** The ids that a store shows, each with all that belongs to it. */
const words = (state: string) => state.split('\n')[0]?.split(' ') ?? []

describe.each([
  { name: 'with two journals', make: writeTwoJournals },
  {
    name: 'in the middle of a publication',
    make: (dataDir: string) => writeKilledStore(dataDir).then(() => dieInClose(dataDir, ['k'])),
  },
])(`a store $name, damaged by chance, seed ${seed}`, ({ make }) => {
  it('is found damaged when an open refuses it, and only then, and what is offered repairs it', async () => {
    const random = seededRandom(seed)
    const parent = await temporaryDirectory()
    const sound = join(parent, 'sound')
    await run('mkdir', [sound])
    await make(sound)
    await run('cp', ['-a', sound, join(parent, 'control')])
    const whole = await open(join(parent, 'control'))
    expect(whole.isSound).toBe(true)
    const paths = [...(await filesBelow(sound)).keys()].filter(
      (path) => !/owner\.json|\.ack$|holdfast\/copy/.test(path),
    )
    const counts = { refused: 0, repaired: 0 }
    for (let round = 0; round < rounds; round++) {
      const dataDir = join(parent, 'hurt')
      await run('cp', ['-a', sound, dataDir])
      const path = paths[random.below(paths.length)] ?? ''
      const where = `round ${round}: ${path}, ${await hurt(join(dataDir, path), random)}`
      const image = await directoryImage(dataDir)
      const report = await inspectDirectory({ dataDir })
      expect(await directoryImage(dataDir), where).toEqual(image)
      const probe = join(parent, 'probe')
      await run('cp', ['-a', dataDir, probe])
      const opened = await open(probe)
      const errors = errorsOf(report)
      expect(errors.length === 0, `${where}: ${opened.what}\n${JSON.stringify(errors)}`).toBe(opened.isSound)
      if (!opened.isSound) counts.refused += 1
      else expect(words(whole.what), where).toEqual(expect.arrayContaining(words(opened.what)))
      const result = errors.every(({ repairs }) => repairs.length > 0) && errors.length > 0
      if (result) {
        await repairAll(dataDir, where)
        const repaired = await open(dataDir)
        expect(repaired.isSound, `${where}: ${repaired.what}`).toBe(true)
        const known = words(whole.what).map((word) => word.split(':')[0])
        expect(known, where).toEqual(
          expect.arrayContaining(words(repaired.what).map((word) => word.split(':')[0])),
        )
        counts.repaired += 1
      }
      for (const name of [dataDir, probe]) await rm(name, { recursive: true })
    }
    expect(counts.refused).toBeGreaterThan(rounds / 4)
    expect(counts.repaired).toBeGreaterThan(rounds / 8)
  })
})

async function writeTwoJournals(dataDir: string): Promise<void> {
  await writeKilledStore(dataDir)
  await writeAndDie(dataDir, ['k1', 'k2', 'k3'])
}

/** Does what is offered first, as often as that leaves something else. */
async function repairAll(dataDir: string, where: string): Promise<void> {
  for (let attempt = 0; attempt < 4; attempt++) {
    const errors = errorsOf(await inspectDirectory({ dataDir }))
    if (errors.length === 0) return
    const first = new Set(errors.map(({ repairs: [repair] }) => repair))
    if (first.has('restore')) first.delete('adopt')
    const repairs = [...first].filter(
      (repair): repair is RepairName => repair !== undefined && repair !== 'next open',
    )
    expect(repairs, `${where}: ${JSON.stringify(errors)}`).not.toEqual([])
    await repairDirectory({ dataDir, repairs }).catch((error: unknown) => {
      throw new Error(`${where}: ${repairs}: ${JSON.stringify(errors)}`, { cause: error })
    })
  }
  expect(errorsOf(await inspectDirectory({ dataDir })), where).toEqual([])
}
