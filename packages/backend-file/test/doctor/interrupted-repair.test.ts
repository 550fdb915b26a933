import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { inspectDirectoryIn } from '../../src/doctor/inspect-directory.js'
import { repairDirectoryIn } from '../../src/doctor/repair-directory.js'
import { FileBackend } from '../../src/index.js'
import { sample } from '../simulated-disk/crash-damage.js'
import { exploreCrashes } from '../simulated-disk/explore-crashes.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import type { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import type { DamageCase } from './damage-case.js'
import { damageCases } from './damage-cases.js'
import { filesBelow } from './files-below.js'
import { showStore } from './hurt-store.js'
import { importDirectory } from './import-directory.js'

/** Every call of every repair is tried with `HOLDFAST_REPAIRS=all`; that takes minutes. */
const isLong = process.env.HOLDFAST_REPAIRS === 'all'
/** Calls at which each repair fails otherwise. */
const tries = isLong ? Number.POSITIVE_INFINITY : 2

/**
 * Cases for a simulated disk. Copying gives files other times there, so that damage looks like a foreign change. What an
 * open does for `adopt` and `restore` has crash tests of its own.
 */
const crashed = damageCases.filter(
  ({ finding, repairs }) =>
    finding !== 'FILE_DAMAGED' && (isLong || !['adopt', 'restore'].includes(repairs[0] ?? '')),
)

const changing = /^(open create|write|setMode|sync|sync directory|rename|unlink|mkdir|rmdir|link|copy) /

/** Damaged files whose content must be in quarantine, whenever the repair ended. */
function keptContents({ kept }: DamageCase, hurt: ReadonlyMap<string, Buffer>): readonly Buffer[] {
  const contents = [...hurt].filter(([path]) => kept.some((pattern) => pattern.test(path)))
  return contents.map(([, content]) => content)
}

describe.each(damageCases)('$name: the repair', (damage) => {
  const { make, repairs, after } = damage

  it(`can be done again after a call of it has failed, seed ${seed}`, async () => {
    const parent = await temporaryDirectory()
    const hurt = join(parent, 'hurt')
    await promisify(execFile)('mkdir', [hurt])
    await make(hurt)
    const contents = keptContents(damage, await filesBelow(hurt))
    let interrupted = 0
    /** Repairs a copy on a disk on which some calls fail, and then on a sound one. @returns the calls of the first. */
    const repairTwice = async (name: string, fails: (index: number) => boolean) => {
      const dataDir = join(parent, name)
      // Node's own copy loses a part of the times.
      await promisify(execFile)('cp', ['-a', hurt, dataDir])
      const files = new FaultyFileSystem((index) => (fails(index) ? 'fail' : 'run'))
      await repairDirectoryIn(environmentOn(files), { dataDir, repairs }).catch(() => {
        interrupted += 1
      })
      await files.abandon()
      const again = environmentOn(new FaultyFileSystem())
      await repairDirectoryIn(again, { dataDir, repairs })
      const { findings } = await inspectDirectoryIn(again, { dataDir })
      expect(
        findings.filter(({ severity }) => severity === 'error'),
        name,
      ).toEqual([])
      {
        await using backend = await FileBackend.openIn(again, { dataDir })
        expect(await showStore(backend), name).toBe(after)
      }
      const quarantine = [...(await filesBelow(join(dataDir, '.holdfast/quarantine'))).values()]
      for (const content of contents) {
        expect(
          quarantine.some((copy) => copy.equals(content)),
          name,
        ).toBe(true)
      }
      await promisify(execFile)('rm', ['-rf', dataDir])
      return files.calls
    }
    const calls = await repairTwice('control', () => false)
    expect(interrupted).toBe(0)
    const chosen = [...calls.entries()].filter(([, call]) => changing.test(call))
    for (const [index, call] of sample(chosen, tries, seededRandom(seed))) {
      await repairTwice(`failed at call ${index}, ${call}`, (each) => each === index)
      await repairTwice(`ended before call ${index}, ${call}`, (each) => each >= index)
    }
    expect(interrupted).toBeGreaterThanOrEqual(Math.min(chosen.length, tries))
  })
})

describe.each(crashed)('$name: the repair', (damage) => {
  it(`can be done again after the end of the process, or a power cut, at any call, seed ${seed}`, async () => {
    const hurt = await temporaryDirectory()
    await damage.make(hurt)
    const contents = keptContents(damage, await filesBelow(hurt))
    const { repairs, after } = damage
    const dataDir = '/data'
    const world = (disk: SimulatedDisk) => environmentOn(disk)
    const report = await exploreCrashes<never, FileBackend>({
      seed,
      prepare: (disk) => importDirectory(disk, hurt, dataDir),
      history: async (disk) => {
        await repairDirectoryIn(world(disk), { dataDir, repairs })
      },
      open: async (disk) => {
        await repairDirectoryIn(world(disk), { dataDir, repairs })
        return FileBackend.openIn(world(disk), { dataDir })
      },
      close: (backend) => backend.close(),
      read: showStore,
      model: () => after,
      check: async (_, disk) => {
        const copies = await contentsBelow(disk, `${dataDir}/.holdfast/quarantine`)
        for (const content of contents) {
          if (!copies.some((copy) => copy.equals(content))) throw new Error('something was not kept')
        }
      },
      limits: { cuts: 1, seeds: 0, names: 1 },
    })
    expect(report.violations).toEqual([])
    expect(report.states).toBeGreaterThan(50)
  })
})

async function contentsBelow(disk: SimulatedDisk, directory: string): Promise<readonly Buffer[]> {
  const contents: Buffer[] = []
  for (const name of await disk.readdir(directory).catch(() => [])) {
    const path = `${directory}/${name}`
    const { kind, size } = await disk.stat(path)
    if (kind === 'directory') {
      contents.push(...(await contentsBelow(disk, path)))
      continue
    }
    const file = await disk.open(path, 'read')
    const content = Buffer.alloc(size)
    for (let done = 0; done < size; ) done += await file.read(content.subarray(done), done)
    await file.close()
    contents.push(content)
  }
  return contents
}
