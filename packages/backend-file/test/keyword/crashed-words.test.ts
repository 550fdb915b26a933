import { expect, it } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { CrashRecorder } from '../crash/crash-recorder.js'
import { crashDamages, sample } from '../simulated-disk/crash-damage.js'
import { crashDisk } from '../simulated-disk/crash-disk.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { environmentOn } from '../support/faulty-file-system.js'
import { acme, node } from './kept-words.js'
import { findByWords, search } from './word-oracle.js'

const dataDir = '/store'
/** Ways in which the disk may look after a crash, of all that there are at each moment. */
const ways = 4

function open(disk: SimulatedDisk, bootId: string): Promise<FileBackend> {
  const environment = environmentOn(disk, {
    smallScope: 0,
    bootId: async () => bootId,
    schedule: () => () => {},
  })
  return FileBackend.openIn(environment, { dataDir })
}

it(`finds what counting finds after a crash at any moment (seed ${seed})`, async () => {
  const disk = new SimulatedDisk()
  const recorder = new CrashRecorder(disk, () => ({ revision: '', take: () => undefined }))
  const first = await open(disk, 'first')
  await first.insertNodes([node('a', 'apple'), node('b', 'pear'), node('c', 'apple pie')])
  expect(await search(first, 'apple', acme)).toHaveLength(2)
  await first.close()
  const second = await open(disk, 'first')
  await second.updateNode(acme, 'a', { humanContent: 'grape' })
  await second.admin.compact()
  await second.deleteNodes(acme, ['b'])
  await second.insertNode(node('d', 'apple tart'))
  await second.close()
  recorder.finish()
  const random = seededRandom(seed)
  let withIndex = 0
  let withTexts = 0
  for (const { call, moment, root } of recorder.points) {
    for (const damage of sample(crashDamages(root, random), ways, random)) {
      const place = `${moment} call ${call}, ${JSON.stringify(damage)}`
      const crashed = new SimulatedDisk({ root: crashDisk(root, damage) })
      const backend = await open(crashed, damage.kind === 'kill' ? 'first' : 'second')
      const opened = crashed.calls.length
      const found = await search(backend, 'apple grape pear answer', acme)
      const reads = crashed.calls.slice(opened).filter(({ kind }) => kind === 'read')
      if (reads.some(({ path }) => path.includes('/words-'))) withIndex += 1
      else if (found.length > 0) withTexts += 1
      expect(found, place).toEqual(findByWords('apple grape pear answer', await backend.getNodes(acme)))
      await backend.close()
      const again = await open(crashed, 'third')
      expect(await search(again, 'apple grape pear answer', acme), place).toEqual(found)
      await again.close()
    }
  }
  // The control: there were crashes that left an index, and ones that left none.
  expect(withIndex).toBeGreaterThan(20)
  expect(withTexts).toBeGreaterThan(20)
})
