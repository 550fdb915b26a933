// A backend author's test file, run against the packed conformance suite.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileBackend, fileCapabilities } from '@holdfast/backend-file'
import { describeMemoryBackend } from '@holdfast/conformance'
import type { MemoryBackend } from '@holdfast/core'

const folders = new Map<MemoryBackend, string>()

describeMemoryBackend({
  name: 'FileBackend, as installed',
  capabilities: fileCapabilities,
  async create(options = {}) {
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-installed-'))
    const backend = await FileBackend.open({ dataDir, durability: 'off', ...options })
    folders.set(backend, dataDir)
    return backend
  },
  async destroy(backend) {
    await backend.close()
    await rm(folders.get(backend) ?? '', { recursive: true, force: true })
  },
  async reopen(backend) {
    const dataDir = folders.get(backend)
    if (dataDir === undefined) throw new Error('not one of ours')
    await backend.close()
    const again = await FileBackend.open({ dataDir, durability: 'off' })
    folders.set(again, dataDir)
    return again
  },
})
