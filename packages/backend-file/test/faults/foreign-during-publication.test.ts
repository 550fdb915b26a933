import { cp, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const scope = { tenantId: 'a' }
const node = (id: string) => {
  return { id, ...scope, humanContent: 'ours', assistantContent: 'a', embedding: [1, 2] }
}

/**
 * A store whose process ended inside a compaction, at one of the names that it gives: 0 is that of the next journal, 1
 * that of the commit record, and from 2 on those of the data files.
 */
async function endedAt(name: number) {
  const dataDir = await temporaryDirectory()
  let names = Number.NEGATIVE_INFINITY
  const files = new FaultyFileSystem((_, operation) => {
    if (operation === 'rename') names += 1
    return names > name ? 'fail' : 'run'
  })
  const store = await FileBackend.openIn(environmentOn(files), { dataDir })
  await store.insertNode(node('n1'))
  await store.admin.compact()
  await store.insertNode(node('n2'))
  names = 0
  await store.admin.compact().catch(() => {})
  expect(names).toBe(name + 1)
  names = Number.NEGATIVE_INFINITY
  await files.abandon()
  return dataDir
}

const nodesOf = async (dataDir: string) => readFile(join(dataDir, 'corpus/nodes.json'), 'utf8')

async function changeForeign(dataDir: string, how: 'in place' | 'by a new file'): Promise<void> {
  const path = join(dataDir, 'corpus/nodes.json')
  const text = (await nodesOf(dataDir)).replaceAll('ours', 'foreign')
  await writeFile(how === 'in place' ? path : `${path}.tmp`, text)
  if (how === 'by a new file') await rename(`${path}.tmp`, path)
}

async function contents(dataDir: string, foreignBase: 'refuse' | 'adopt' | 'restore') {
  await using store = await FileBackend.open({ dataDir, foreignBase })
  return (await store.getNodes(scope)).map(({ id, humanContent }) => `${id} ${humanContent}`)
}

describe('another program between the end of a publishing process and the next opening', () => {
  it.each([0, 1, 2, 3, 4, 5])('is not there: all goes on (%i)', async (name) => {
    expect(await contents(await endedAt(name), 'refuse')).toEqual(['n1 ours', 'n2 ours'])
  })

  it.each([0, 1, 2, 3, 4, 5])('is not what copies the directory, with other times (%i)', async (name) => {
    const copy = join(await temporaryDirectory(), 'copy')
    await cp(await endedAt(name), copy, { recursive: true })
    expect(await contents(copy, 'refuse')).toEqual(['n1 ours', 'n2 ours'])
  })

  it.each([
    [2, 'in place'],
    [2, 'by a new file'],
    [3, 'by a new file'],
    [5, 'by a new file'],
  ] as const)('is noticed, and what it wrote is kept (%i, %s)', async (name, how) => {
    for (const foreignBase of ['adopt', 'restore'] as const) {
      const dataDir = await endedAt(name)
      await changeForeign(dataDir, how)
      await expect(contents(dataDir, 'refuse')).rejects.toMatchObject({ code: 'FOREIGN_BASE' })
      expect(await nodesOf(dataDir)).toContain('foreign')
      expect(await contents(dataDir, foreignBase)).toEqual(['n1 ours', 'n2 ours'])
      const quarantine = join(dataDir, '.holdfast/quarantine')
      const [kept = ''] = await readdir(quarantine)
      expect(await readFile(join(quarantine, kept, 'corpus-nodes.json'), 'utf8')).toContain('foreign')
      expect(await contents(dataDir, 'refuse')).toEqual(['n1 ours', 'n2 ours'])
    }
  })

  it.each([3, 5])('is noticed, and can be adopted, in a file that was in place (%i)', async (name) => {
    const dataDir = await endedAt(name)
    await changeForeign(dataDir, 'in place')
    await expect(contents(dataDir, 'refuse')).rejects.toMatchObject({ code: 'FOREIGN_BASE' })
    expect(await contents(dataDir, 'adopt')).toEqual(['n1 foreign', 'n2 foreign'])
    expect(await contents(dataDir, 'refuse')).toEqual(['n1 foreign', 'n2 foreign'])
  })

  it('is noticed by the process that publishes, when it tries again', async () => {
    const dataDir = await temporaryDirectory()
    let isBad = false
    const files = new FaultyFileSystem((_, operation) => (isBad && operation === 'link' ? 'fail' : 'run'))
    const store = await FileBackend.openIn(environmentOn(files), { dataDir })
    for (const id of ['n1', 'n2']) {
      await store.insertNode(node(id))
      isBad = id === 'n2'
      await store.admin
        .compact()
        .catch((error: unknown) => expect(error).toMatchObject({ code: 'CONNECTION' }))
    }
    isBad = false
    await using reader = await FileBackend.open({ dataDir, readOnly: true })
    // What waits to be put in place is nobody else's.
    for (const open of [store, reader]) expect(await open.admin.verify()).toEqual({ problems: [] })
    await changeForeign(dataDir, 'in place')
    await store.insertNode(node('n3'))
    await expect(store.admin.compact()).rejects.toMatchObject({ code: 'FOREIGN_BASE' })
    await expect(store.close()).rejects.toMatchObject({ code: 'FOREIGN_BASE' })
    expect(await nodesOf(dataDir)).toContain('foreign')
    expect(await contents(dataDir, 'restore')).toEqual(['n1 ours', 'n2 ours', 'n3 ours'])
  })
})
