import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeMemoryBackend } from '@holdfast/conformance'
import { FileBackend, fileCapabilities } from '../src/index.js'

/** Where each backend of the suite lives, so that it can be opened again and removed. */
const directories = new WeakMap<object, string>()

async function open(dataDir: string, dimensions?: number): Promise<FileBackend> {
  const backend = await FileBackend.open({ dataDir, ...(dimensions === undefined ? {} : { dimensions }) })
  directories.set(backend, dataDir)
  return backend
}

describeMemoryBackend({
  name: 'file',
  capabilities: fileCapabilities,
  async create(options) {
    return open(await mkdtemp(join(tmpdir(), 'holdfast-conformance-')), options?.dimensions)
  },
  async reopen(backend) {
    const dataDir = directories.get(backend)
    if (dataDir === undefined) throw new Error('the suite gave back a backend that it was not given')
    await backend.close()
    return open(dataDir)
  },
  async openAgain(backend) {
    const dataDir = directories.get(backend)
    if (dataDir === undefined) throw new Error('the suite gave back a backend that it was not given')
    return FileBackend.open({ dataDir })
  },
  async destroy(backend) {
    await backend.close()
    const dataDir = directories.get(backend)
    if (dataDir !== undefined) await rm(dataDir, { recursive: true })
  },
})
