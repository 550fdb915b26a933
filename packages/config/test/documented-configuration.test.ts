import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadConfig } from '../src/index.js'
import { temporaryFolder } from './temporary-folder.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const variables = ['HOLDFAST_MEMORY_BACKEND', 'HOLDFAST_DATA_DIR', 'HOLDFAST_POSTGRES_URL']

beforeEach(() => {
  for (const name of [...variables, 'DATABASE_URL']) vi.stubEnv(name, undefined)
})
afterEach(() => vi.unstubAllEnvs())

/** The one YAML file that a page shows, put into a folder of its own. */
async function documented(page: string) {
  const text = await readFile(join(root, page), 'utf8')
  const [yaml, ...others] = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, code = '']) => code)
  expect(others).toEqual([])
  return temporaryFolder({ 'config.yaml': yaml ?? '' })
}

describe.each(['README.md', 'docs/configuration.md'])('the configuration in %s', (page) => {
  it('is read as it stands, without any variable', async () => {
    const folder = await documented(page)
    const { memory, paths } = await loadConfig(join(folder, 'config.yaml'))
    expect([memory.backend, memory.postgres.url, paths.dataDir]).toEqual([
      'file',
      `pglite:${join(folder, 'data-pg')}`,
      join(folder, 'data'),
    ])
  })

  it('gives way to each variable', async () => {
    const folder = await documented(page)
    vi.stubEnv('HOLDFAST_MEMORY_BACKEND', 'postgres')
    vi.stubEnv('HOLDFAST_DATA_DIR', './elsewhere')
    vi.stubEnv('HOLDFAST_POSTGRES_URL', 'postgres://me@db/name')
    const { memory, paths } = await loadConfig(join(folder, 'config.yaml'))
    expect([memory.backend, memory.postgres.url, paths.dataDir]).toEqual([
      'postgres',
      'postgres://me@db/name',
      join(folder, 'elsewhere'),
    ])
  })
})

it('every variable that is read is in the table', async () => {
  const source = await readFile(join(root, 'packages/config/src/environment-overrides.ts'), 'utf8')
  const page = await readFile(join(root, 'docs/configuration.md'), 'utf8')
  const read = [...source.matchAll(/lookup\('(\w+)'\)/g)].map(([, name = '']) => name)
  expect(read.toSorted()).toEqual(variables.toSorted())
  for (const name of variables) expect(page).toContain(`| \`${name}\``)
})
