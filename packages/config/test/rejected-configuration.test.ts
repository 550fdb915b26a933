// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration, not of a template
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { getBackend, loadConfig } from '../src/index.js'
import { temporaryFolder } from './temporary-folder.js'

const good = 'memory: { backend: file, dimensions: 3 }\npaths: { data_dir: data }\n'

beforeEach(() => {
  for (const name of ['HOLDFAST_MEMORY_BACKEND', 'HOLDFAST_POSTGRES_URL', 'HOLDFAST_DATA_DIR', 'HF_NONE'])
    vi.stubEnv(name, undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

/** Every name below a folder, with the bytes in base64 where it is a file. */
async function imageOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const image = new Map<string, string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    image.set(relative(folder, path), entry.isFile() ? (await readFile(path)).toString('base64') : 'no file')
  }
  return image
}

async function openStore(folder: string): Promise<void> {
  await (await getBackend(await loadConfig(join(folder, 'config.yaml')))).close()
}

describe('a folder with a configuration', () => {
  it('gets a store when the configuration is right', async () => {
    const folder = await temporaryFolder({ 'config.yaml': good, '.env': 'A=1\n' })
    const before = await imageOf(folder)
    expect([...before.keys()].sort()).toEqual(['.env', 'config.yaml'])
    await openStore(folder)
    const after = await imageOf(folder)
    expect([...after.keys()]).toContain('data')
    expect(after).not.toEqual(before)
  })

  // What is refused stands behind a good section, so that a program that begins too soon has somewhere to write.
  it.each([
    [
      'aliases that explode',
      `x: &a [${'1,'.repeat(20)}]\ny: &b [${'*a,'.repeat(20)}]\nz: [${'*b,'.repeat(20)}]`,
      'too many aliases',
    ],
    ['an alias without an anchor', 'x: *a', 'an alias without an anchor'],
    ['a circle', 'x: &a [*a]', 'an alias without an anchor'],
    ['a key given twice', 'paths: { data_dir: other }', 'duplicate key'],
    ['a tab', 'x:\n\t- y', 'tab as indent'],
    ['two documents', '---\nx: 1', 'multiple docs'],
    ['an object of Python', 'x: !!python/object:os.system {y: 1}', 'a tag that is none of plain data'],
    ['a function', 'x: !!js/function "y"', 'a tag that is none of plain data'],
    ['a quote that is not closed', 'x: "y', 'missing char'],
  ])('is left as it was by YAML with %s', async (_, bad, message) => {
    await expectRefusal(`${good}${bad}\n`, message)
  })

  it.each([
    ['an unknown key', 'memory: { backnd: file }', 'did you mean memory.backend?'],
    ['a key __proto__', 'memory: { __proto__: { backend: file } }', 'memory.__proto__ is not a key'],
    ['an unknown backend', 'memory: { backend: fil }', 'there is no backend'],
    ['the wrong type', 'memory: [file]', 'memory must be a mapping'],
    ['dimensions out of range', 'memory: { dimensions: 16001 }', 'from 1 to 16000'],
    ['a port out of range', 'memory: { postgres: { port: 65536 } }', 'from 1 to 65535'],
    [
      'a variable that is not set',
      'memory: { postgres: { password: "${HF_NONE}" } }',
      'HF_NONE, which is not set',
    ],
  ])('is left as it was by %s', async (_, bad, message) => {
    await expectRefusal(`${bad}\npaths: { data_dir: data }\n`, message)
  })
})

async function expectRefusal(yaml: string, message: string): Promise<void> {
  const folder = await temporaryFolder({ 'config.yaml': yaml, '.env': 'A=1\n' })
  const before = await imageOf(folder)
  await expect(openStore(folder)).rejects.toMatchObject({
    code: expect.stringMatching(/^(CONFIG_INVALID|UNKNOWN_BACKEND)$/) as string,
    message: expect.stringContaining(message) as string,
  })
  expect(await imageOf(folder)).toEqual(before)
}
