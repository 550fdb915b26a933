// A user's harness in plain JavaScript, in a project without a test runner.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileBackend, fileCapabilities } from '@holdfast/backend-file'

const directories = new WeakMap()

async function open(dataDir, dimensions) {
  const backend = await FileBackend.open({ dataDir, ...(dimensions && { dimensions }) })
  directories.set(backend, dataDir)
  return backend
}

export default {
  name: 'files of a user',
  capabilities: fileCapabilities,
  create: async (options) => open(await mkdtemp(join(tmpdir(), 'holdfast-user-')), options?.dimensions),
  async reopen(backend) {
    await backend.close()
    return open(directories.get(backend))
  },
  async destroy(backend) {
    await backend.close()
    await rm(directories.get(backend), { recursive: true })
  },
}
