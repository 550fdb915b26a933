import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { journalsOf, openHere, showStore, writeAndDie, writeClosedStore } from './doctor/hurt-store.js'
import { temporaryDirectory } from './support/temporary-directory.js'

it('refuses the journal of another store that would go on just there', async () => {
  const [own, other] = [await temporaryDirectory(), await temporaryDirectory()]
  for (const dataDir of [own, other]) {
    await writeClosedStore(dataDir)
    await writeAndDie(dataDir, [dataDir === own ? 'own' : 'other'])
  }
  const [name = ''] = await journalsOf(own)
  expect(await journalsOf(other)).toEqual([name])
  await cp(join(other, name), join(own, name))
  for (const readOnly of [false, true]) {
    await expect(openHere(own, { readOnly })).rejects.toThrow(/another store/)
  }
})

it('goes on with the journals of a store that has lost its record, crash after crash', async () => {
  const dataDir = await temporaryDirectory()
  const options = { dimensions: 3 }
  await writeAndDie(dataDir, ['a'], options)
  await rm(join(dataDir, '.holdfast/store.json'))
  await writeAndDie(dataDir, ['b'], options)
  await writeAndDie(dataDir, ['c'], options)
  await using backend = await openHere(dataDir)
  expect((await showStore(backend)).split(' ').map((node) => node.split(':')[0])).toEqual(['a', 'b', 'c'])
})
