import { execFile } from 'node:child_process'
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { FileBackendOptions } from '../../src/file-backend-options.js'
import { FileBackend } from '../../src/index.js'
import { journalHeaderLength } from '../../src/journal/journal-header.js'
import { scanOf } from '../../src/journal/read-journals.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { npyBytes, rawNode, writeSmallStore } from '../support/small-store.js'

const at = '2025-02-03T04:05:06'
const ann = { userId: 'ann' }

/** A node of the store under test. Its vector tells which one it is. */
export function node(id: string) {
  const value = [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
  return {
    ...ann,
    id,
    humanContent: `question ${id}`,
    assistantContent: 'a',
    createdAt: at,
    embedding: [value, 1, 0],
  }
}

/** Writes a store of three nodes and an episode, and closes it: everything is in the files, and a copy is kept. */
export async function writeClosedStore(dataDir: string): Promise<void> {
  await using backend = await openHere(dataDir)
  await backend.insertNodes([node('a'), { ...node('b'), clusterId: 4 }, node('c')])
  const messages = [{ role: 'human' as const, content: 'hi' }]
  await backend.insertEpisodes([{ ...ann, id: 'e', messages, createdAt: at, embedding: [1, 2, 3] }])
}

/** As that, and then a process that wrote one node after the other, and was killed. */
export async function writeKilledStore(dataDir: string, ids = ['j1', 'j2', 'j3', 'j4']): Promise<void> {
  await writeClosedStore(dataDir)
  await writeAndDie(dataDir, ids)
}

/** Opens the store, writes one node after the other, and ends like a process that is killed. */
export async function writeAndDie(
  dataDir: string,
  ids: readonly string[],
  options: Partial<FileBackendOptions> = {},
): Promise<void> {
  const files = new FaultyFileSystem()
  const backend = await FileBackend.openIn(environmentOn(files), { dataDir, ...options })
  for (const id of ids) await backend.insertNode(node(id))
  await files.abandon()
  await markDead(dataDir)
}

/** Opens a store in a world of its own. */
export function openHere(dataDir: string, options: Partial<FileBackendOptions> = {}): Promise<FileBackend> {
  return FileBackend.openIn(environmentOn(new FaultyFileSystem()), { dataDir, ...options })
}

/** What a store shows: ids of nodes, each with the first value of its vector and its cluster, then ids of episodes. */
export async function showStore(backend: FileBackend): Promise<string> {
  const { nodeIds, data } = await backend.getEmbeddings(ann)
  const firsts = new Map(nodeIds.map((id, row) => [id, data[row * 3]]))
  const nodes = (await backend.getNodes(ann)).map(
    ({ id, clusterId }) => `${id}:${firsts.get(id) ?? '-'}${clusterId === null ? '' : `:${clusterId}`}`,
  )
  const episodes = (await backend.getEpisodes(ann)).map(({ id }) => id)
  return [...nodes, ...episodes].join(' ')
}

/** The same for a store that holds these nodes and the episode. */
export function shown(...ids: readonly string[]): string {
  const nodes = ids.map((id) => `${id}:${node(id).embedding[0]}${id === 'b' ? ':4' : ''}`)
  return [...nodes, 'e'].join(' ')
}

/** Changes one bit and leaves the time of the last change as it was, as a disk does that forgets. */
export async function flipBit(path: string, at: number): Promise<void> {
  const before = `${path}.before`
  await copyFile(path, before)
  // Node sets times less finely than the system keeps them.
  const touch = (...args: readonly string[]) => promisify(execFile)('touch', ['-r', ...args])
  await touch(path, before)
  const bytes = await readFile(path)
  bytes[at] = (bytes[at] ?? 0) ^ 4
  await writeFile(path, bytes)
  await touch(before, path)
  await rm(before)
}

/** Where each whole transaction of a journal begins, and where the last one ends. */
export async function transactionsIn(path: string): Promise<readonly number[]> {
  const bytes = await readFile(path)
  const source = {
    size: bytes.length,
    readInto: async (into: Uint8Array, position: number) => {
      into.set(bytes.subarray(position, position + into.length))
    },
  }
  const { scan } = await scanOf(path.slice(path.lastIndexOf('/') + 1), source)
  const offsets: number[] = [journalHeaderLength]
  for await (const { end } of scan.transactions()) offsets.push(end)
  return offsets
}

/** Paths of the journals of a store, oldest first. */
export async function journalsOf(dataDir: string): Promise<readonly string[]> {
  const names = (await readdir(join(dataDir, '.holdfast/journal'))).filter((name) => name.endsWith('.log'))
  return names.sort().map((name) => `.holdfast/journal/${name}`)
}

/** Flips a bit within a transaction of a journal, counted from 0. */
export async function hurtTransaction(path: string, index: number): Promise<void> {
  await flipBit(path, ((await transactionsIn(path))[index] ?? 0) + 60)
}

/** A directory of the Python system with the nodes a, b and c, and with clusters and a manifest. */
export async function writePythonStore(dataDir: string): Promise<void> {
  await writeSmallStore(dataDir, {
    nodes: ['a', 'b', 'c'].map((id) => rawNode(id, { user_id: 'ann', cluster_id: id === 'b' ? 4 : null })),
    vectors: ['a', 'b', 'c'].map((id) => node(id).embedding),
    clusters: { '4': [1] },
    episodes: [{ ...rawNode('e'), user_id: 'ann', title: 'e', messages: [] }],
    episodeVectors: [[1, 2, 3]],
  })
  const stats = { total_nodes: 3, total_episodes: 1 }
  await writeFile(join(dataDir, 'manifest.json'), JSON.stringify({ version: '2.0', stats }, null, 2))
}

/** Adds a node as the Python system does: it writes all files anew. */
export async function addInPython(dataDir: string, id: string): Promise<void> {
  const path = join(dataDir, 'corpus/nodes.json')
  const nodes = JSON.parse(await readFile(path, 'utf8')) as { readonly id: string }[]
  await writeFile(path, JSON.stringify([...nodes, rawNode(id, { user_id: 'ann' })], null, 2))
  const rows = [...nodes, { id }].map((each) => node(each.id).embedding)
  await writeFile(join(dataDir, 'vectors/nodes.npy'), npyBytes(rows))
}

/**
 * Writes nodes one after the other, and is killed while `close` publishes them.
 * @param after the last call that is made. By default the publication is committed by then, and nothing is in place.
 */
export async function dieInClose(
  dataDir: string,
  ids: readonly string[],
  after = 'rename commit.json',
): Promise<void> {
  const files: FaultyFileSystem = new FaultyFileSystem(() => (files.calls.includes(after) ? 'fail' : 'run'))
  const backend = await FileBackend.openIn(environmentOn(files), { dataDir })
  for (const id of ids) await backend.insertNode(node(id))
  await backend.close().catch(() => {})
  await files.abandon()
  await markDead(dataDir)
}

/** Lets the owner file name a process that has ended. */
async function markDead(dataDir: string): Promise<void> {
  const owner = join(dataDir, '.holdfast/owner.json')
  await writeFile(owner, JSON.stringify({ ...JSON.parse(await readFile(owner, 'utf8')), pid: 999_999_999 }))
}
