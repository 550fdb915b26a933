import { EventEmitter, once } from 'node:events'
import { mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { nodeFileSystem } from '../../src/disk/node-file-system.js'
import { StoredFile } from '../../src/disk/stored-file.js'
import { FileBackend } from '../../src/index.js'
import { privatePaths } from '../../src/layout/store-paths.js'
import { rowStride } from '../../src/search/quantised-rows.js'
import { SavedCopies } from '../../src/search/saved-copies.js'
import { VectorCopies } from '../../src/search/vector-copies.js'
import { seed } from '../simulated-disk/seed.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { MatrixReads } from '../support/matrix-reads.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { vectorRandom } from './random-vectors.js'

const columns = 40
const perTenant = 300
const saved = (dataDir: string) => join(dataDir, privatePaths.cache, 'nodes.copies')
const query = vectorRandom(seed + 1).vector(columns)

/** Two tenants whose nodes lie side by side. */
async function makeStore(): Promise<string> {
  const dataDir = await temporaryDirectory()
  const random = vectorRandom(seed)
  await using backend = await FileBackend.open({ dataDir })
  for (let block = 0; block < perTenant / 50; block++) {
    for (const tenantId of ['a', 'b']) {
      await backend.insertNodes(
        Array.from({ length: 50 }, (_, at) => {
          const id = `${tenantId}${block * 50 + at}`
          return { id, tenantId, humanContent: id, assistantContent: '', embedding: random.vector(columns) }
        }),
      )
    }
  }
  return dataDir
}

const open = (dataDir: string, reads = new MatrixReads(), readOnly = false) =>
  FileBackend.openIn(environmentOn(reads.files, { fewCopies: 1 }), { dataDir, readOnly })

async function best(backend: FileBackend, tenantId: string): Promise<readonly string[]> {
  const found = await backend.vectorSearch(query, { tenantId }, { topK: 7, minScore: -1 })
  return found.map(({ node, score }) => `${node.id} ${score}`)
}

/** A store that has been searched, with what was found. */
async function searchedStore(): Promise<{ readonly dataDir: string; readonly truth: readonly string[] }> {
  const dataDir = await makeStore()
  await using backend = await open(dataDir)
  const truth = await best(backend, 'a')
  expect(truth).toHaveLength(7)
  return { dataDir, truth }
}

/** Bytes of the matrix that the first search of a tenant reads. */
async function bytesOfFirstSearch(dataDir: string, tenantId = 'a', readOnly = false): Promise<number> {
  const reads = new MatrixReads()
  await using backend = await open(dataDir, reads, readOnly)
  reads.forget()
  await best(backend, tenantId)
  return reads.bytes
}

const allBytes = perTenant * columns * 4

describe(`copies of vectors on disk, seed ${seed}`, () => {
  it('are read by the next opening instead of the vectors', async () => {
    const { dataDir, truth } = await searchedStore()
    for (const readOnly of [false, true]) {
      expect(await bytesOfFirstSearch(dataDir, 'a', readOnly)).toBeLessThan(allBytes / 2)
      await using backend = await open(dataDir, undefined, readOnly)
      expect(await best(backend, 'a')).toEqual(truth)
    }
    // The control: nobody has searched the other tenant, and without the file all is read.
    expect(await bytesOfFirstSearch(dataDir, 'b')).toBeGreaterThanOrEqual(allBytes)
    await rm(saved(dataDir))
    expect(await bytesOfFirstSearch(dataDir)).toBeGreaterThanOrEqual(allBytes)
  })

  it('are made again when any of their bytes has changed, or some are missing', async () => {
    const { dataDir, truth } = await searchedStore()
    const whole = await readFile(saved(dataDir))
    const random = vectorRandom(seed + 2)
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.from(whole)
      // Half of them in the first bytes, which say what the others are.
      const at = random.below(round % 2 === 0 ? 200 : whole.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
      await writeFile(saved(dataDir), bytes)
      if (round % 5 === 0) await truncate(saved(dataDir), random.below(whole.length))
      await using backend = await open(dataDir, undefined, true)
      expect(await best(backend, 'a'), `round ${round}, byte ${at}`).toEqual(truth)
    }
  })

  it('are not those of other vectors', async () => {
    const { dataDir } = await searchedStore()
    const before = await readFile(saved(dataDir))
    {
      await using backend = await open(dataDir)
      const embedding = query.map((value) => -value)
      await backend.updateNode({ tenantId: 'a' }, 'a5', { embedding })
      await backend.insertNode({
        id: 'best',
        tenantId: 'a',
        humanContent: '',
        assistantContent: '',
        embedding: query,
      })
    }
    const other = await makeStore()
    for (const dir of [dataDir, other]) {
      await using reader = await open(dir, undefined, true)
      const truth = await best(reader, 'a')
      await mkdir(dirname(saved(dir)), { recursive: true })
      await writeFile(saved(dir), before)
      await using again = await open(dir, undefined, true)
      expect(await best(again, 'a')).toEqual(truth)
    }
  })

  it('go when their nodes have gone from the files', async () => {
    const { dataDir } = await searchedStore()
    {
      await using backend = await open(dataDir)
      for (const tenantId of ['a', 'b']) await best(backend, tenantId)
    }
    const { size } = await stat(saved(dataDir))
    {
      await using backend = await open(dataDir)
      await backend.deleteScope({ tenantId: 'b' })
      await best(backend, 'a')
    }
    expect((await stat(saved(dataDir))).size).toBeLessThanOrEqual(size - perTenant * rowStride(columns))
    {
      await using backend = await open(dataDir)
      await backend.deleteScope({ tenantId: 'a' })
    }
    await expect(stat(saved(dataDir))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('go although the process that published ended before it removed them', async () => {
    const { dataDir } = await searchedStore()
    const before = await readFile(saved(dataDir))
    {
      await using backend = await open(dataDir)
      await backend.deleteScope({ tenantId: 'b' })
      await best(backend, 'a')
    }
    const after = await readFile(saved(dataDir))
    expect(after.equals(before)).toBe(false)
    for (const close of ['close', 'compact'] as const) {
      await writeFile(saved(dataDir), before)
      await writeFile(`${saved(dataDir)}.part`, before)
      const backend = await open(dataDir)
      if (close === 'compact') {
        await backend.deleteNodes({ tenantId: 'a' }, ['a0'])
        await backend.admin.compact()
        for (const path of [saved(dataDir), `${saved(dataDir)}.part`])
          await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
      }
      await backend.close()
      for (const path of [saved(dataDir), `${saved(dataDir)}.part`])
        await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
    }
  })

  it('stay when they are those of the vectors', async () => {
    const { dataDir } = await searchedStore()
    const before = await readFile(saved(dataDir))
    await (await open(dataDir)).close()
    expect((await readFile(saved(dataDir))).equals(before)).toBe(true)
  })

  it('fail nobody when their file cannot be closed, or their table does not fit into memory', async () => {
    const { dataDir, truth } = await searchedStore()
    const files = new FaultyFileSystem((_, operation, path) =>
      operation === 'close' && path.endsWith('nodes.copies') ? 'fail late' : 'run',
    )
    const backend = await FileBackend.openIn(environmentOn(files, { fewCopies: 1 }), { dataDir })
    expect(await best(backend, 'a')).toEqual(truth)
    const save = vi.spyOn(VectorCopies.prototype, 'save').mockRejectedValue(new RangeError('no memory'))
    onTestFinished(() => save.mockRestore())
    await best(backend, 'b')
    await backend.close()
    await (await open(dataDir)).close()
    // The control: both did happen.
    expect(files.calls).toContain('close nodes.copies')
    expect(save).toHaveBeenCalled()
  })

  it('are looked for in turns with everything else', async () => {
    const dataDir = await temporaryDirectory()
    const random = vectorRandom(seed)
    {
      await using backend = await FileBackend.open({ dataDir })
      await backend.insertNodes(
        Array.from({ length: 4000 }, (_, at) => {
          const node = { id: `${at}`, tenantId: 'a', humanContent: '', assistantContent: '' }
          return { ...node, embedding: random.vector(4) }
        }),
      )
    }
    let now = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 10))
    onTestFinished(() => clock.mockRestore())
    const save = vi.spyOn(SavedCopies.prototype, 'save')
    onTestFinished(() => save.mockRestore())
    const backend = await open(dataDir)
    await backend.vectorSearch(random.vector(4), { tenantId: 'a' }, { topK: 1 })
    const callsAtOnce = save.mock.calls.length
    await backend.close()
    expect([callsAtOnce, save.mock.calls.length]).toEqual([0, 1])
  })

  it('are not saved for a matrix that was published after they were looked for', async () => {
    const dataDir = await temporaryDirectory()
    const files = nodeFileSystem
    const matrices = await Promise.all(
      ['before', 'after'].map(async (name) => {
        await writeFile(join(dataDir, name), new Uint8Array(128 + columns * 4))
        return new StoredFile(name, 128 + columns * 4, await files.open(join(dataDir, name), 'read'))
      }),
    )
    onTestFinished(async () => {
      for (const file of matrices) await file.release()
    })
    const [before, after] = matrices
    if (before === undefined || after === undefined) throw new Error('no matrices')
    const facts = { crc32: 1, version: '', modified: '0', changed: '0', mode: 0o600 }
    const logger = { debug() {}, info() {}, warn() {}, error() {} }
    const published = () => ({ file: after, ...facts })
    const copies = new SavedCopies({ files, dataDir, kind: 'nodes', logger, published })
    const copy = () => new Uint8Array(rowStride(columns))
    await copies.save(columns, { matrix: before, offsets: Float64Array.of(128), copy })
    await expect(stat(saved(dataDir))).rejects.toMatchObject({ code: 'ENOENT' })
    // The control.
    await copies.save(columns, { matrix: after, offsets: Float64Array.of(128), copy })
    expect((await stat(saved(dataDir))).size).toBeGreaterThan(0)
  })

  it('are saved by one at a time', async () => {
    const dataDir = await makeStore()
    const backend = await open(dataDir)
    let [calls, active, mostActive] = [0, 0, 0]
    const second = new EventEmitter()
    const [entered, left] = [once(second, 'entered'), once(second, 'left')]
    const save = vi.spyOn(VectorCopies.prototype, 'save').mockImplementation(async () => {
      calls += 1
      active += 1
      mostActive = Math.max(mostActive, active)
      if (calls === 2) {
        second.emit('entered')
        await left
      }
      active -= 1
    })
    onTestFinished(() => save.mockRestore())
    await best(backend, 'a')
    await backend.recordAccess({ tenantId: 'b' }, ['b0'])
    const compacting = backend.admin.compact()
    await entered
    await best(backend, 'a')
    second.emit('left')
    await compacting
    await backend.close()
    expect(mostActive).toBe(1)
    // The control: that of the second search came too.
    expect(calls).toBeGreaterThan(2)
  })

  it('are not written by readers, nor when they are few', async () => {
    const dataDir = await makeStore()
    {
      await using backend = await open(dataDir, undefined, true)
      await best(backend, 'a')
    }
    {
      await using backend = await FileBackend.open({ dataDir })
      await best(backend, 'a')
    }
    await expect(stat(saved(dataDir))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
