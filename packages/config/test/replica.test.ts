import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { getBackend, loadConfig, openBackend } from '../src/index.js'
import { temporaryFolder } from './temporary-folder.js'

beforeEach(() => vi.stubEnv('HOLDFAST_POSTGRES_URL', undefined))
afterEach(() => vi.unstubAllEnvs())

const yaml = `memory:
  backend: postgres
  postgres:
    url: postgres://me@127.0.0.1:1/x
    replica_url: postgres://me:s3cret@127.0.0.1:2/x
`

it('a replica is read from the file and handed to the backend', async () => {
  const folder = await temporaryFolder({ 'config.yaml': yaml })
  const config = await loadConfig(join(folder, 'config.yaml'))
  expect(config.memory.postgres.replicaUrl).toBe('postgres://me:s3cret@127.0.0.1:2/x')
  expect(JSON.stringify(config)).not.toContain('s3cret')
  // Where it is looked at first: the primary cannot be reached, the replica is never named.
  await expect(getBackend(config)).rejects.toMatchObject({
    code: 'CONNECTION',
    message: expect.stringContaining('port 1 '),
  })
})

it('a database that the environment names has not the replica of the one in the file', async () => {
  const folder = await temporaryFolder({ 'config.yaml': yaml })
  vi.stubEnv('HOLDFAST_POSTGRES_URL', 'postgres://me@127.0.0.1:3/other')
  const { postgres } = (await loadConfig(join(folder, 'config.yaml'))).memory
  expect([postgres.url, postgres.replicaUrl]).toEqual(['postgres://me@127.0.0.1:3/other', undefined])
})

it.each([
  ['pglite:./data', 'postgres://db/x'],
  ['postgres://db/x', 'pglite:./data'],
  ['postgres://db/x', 'file:./data'],
])('is refused with %s and the replica %s', async (url, replicaUrl) => {
  await expect(
    getBackend({ memory: { backend: 'postgres', postgres: { url, replicaUrl } } }),
  ).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  })
})

it('files have none', async () => {
  await expect(openBackend('file:./none', { replicaUrl: 'postgres://db/x' })).rejects.toBeInstanceOf(
    TypeError,
  )
})
