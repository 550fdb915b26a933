import { spawn } from 'node:child_process'
import { appendFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FileBackend, repairNames } from '@holdfast/backend-file'
import { describe, expect, it } from 'vitest'
import { runCli, runJson } from './run-cli.js'
import { copySample, filesOf } from './sample.js'
import { temporaryFolder } from './temporary-folder.js'

const backend = new URL('../../../packages/backend-file/dist/index.js', import.meta.url).href

/** Writes three nodes and is killed. */
const writer = `
const { FileBackend } = await import(process.argv[1])
const backend = await FileBackend.open({ dataDir: process.argv[2] })
for (const id of ['j1', 'j2', 'j3']) {
  await backend.insertNode({ id, userId: 'ann', humanContent: id, assistantContent: '', embedding: [1, 2, 3] })
}
process.kill(process.pid, 'SIGKILL')`

/** A store of one published node and three in a journal. */
async function writeKilledStore(dataDir: string): Promise<void> {
  const first = await FileBackend.open({ dataDir })
  await first.insertNode({
    id: 'a',
    userId: 'ann',
    humanContent: 'q',
    assistantContent: '',
    embedding: [1, 0, 0],
  })
  await first.close()
  const args = ['--input-type=module', '-e', writer, backend, dataDir]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  const signal = await new Promise((resolve) => child.on('close', (_, by) => resolve(by)))
  expect(signal).toBe('SIGKILL')
}

async function hurtJournal(dataDir: string): Promise<Buffer> {
  const directory = join(dataDir, '.holdfast/journal')
  const name = (await readdir(directory)).find((each) => each.endsWith('.log')) ?? ''
  const bytes = await readFile(join(directory, name))
  const middle = bytes.indexOf('"j2"')
  bytes[middle + 1] = 0x6b
  await writeFile(join(directory, name), bytes)
  return bytes
}

async function idsIn(dataDir: string): Promise<readonly string[]> {
  await using store = await FileBackend.open({ dataDir, readOnly: true })
  return (await store.getNodes({ userId: 'ann' })).map(({ id }) => id)
}

describe('doctor', () => {
  it('says what is in a sound directory, exits with 0 and changes nothing', async () => {
    const cwd = await temporaryFolder()
    await copySample(join(cwd, 'data'))
    const before = await filesOf(join(cwd, 'data'))
    const { exitCode, stdout, stderr } = await runCli(['doctor', 'file:./data'], { cwd })
    expect(stdout).toMatch(
      /^file:\.\/data is a directory of the Python system: 104 nodes, 24 episodes, 512 dimensions, \d+ bytes\n/,
    )
    expect(stdout).toMatch(
      /\ninfo UNOWNED_RECORDS \.: 5 of 104 nodes and 24 episodes .*\nNothing is wrong\n$/,
    )
    expect([exitCode, stderr]).toEqual([0, ''])
    const { document } = await runJson(['doctor', 'file:./data'], { cwd })
    expect(document).toMatchObject({
      command: 'doctor',
      ok: true,
      store: 'file:./data',
      directory: { layout: 'python', records: { nodes: 104, episodes: 24, unowned: 5 }, dimensions: 512 },
    })
    expect(await filesOf(join(cwd, 'data'))).toEqual(before)
    expect(await readdir(join(cwd, 'data'))).not.toContain('.holdfast')
  })

  it('finds nothing wrong after a writer was killed', async () => {
    const cwd = await temporaryFolder()
    await writeKilledStore(join(cwd, 'data'))
    const { exitCode, stdout } = await runCli(['doctor', 'file:./data'], { cwd })
    expect(stdout).toMatch(/is a store of Holdfast: 4 nodes, 0 episodes, 3 dimensions/)
    expect(stdout).toMatch(
      /\n1 journal, 3 transactions to publish:\n {2}journal-0{15}2\.log: .*, 3 transactions, .*, open\n/,
    )
    expect(stdout).toMatch(/\nWritten to by process \d+ on .*, which has ended\n/)
    expect(stdout).toMatch(/\n {2}the next open for writing puts it in order\n/)
    expect(exitCode).toBe(0)
  })

  it('exits with 1 when something is wrong, and names the command that repairs it', async () => {
    const cwd = await temporaryFolder()
    await copySample(join(cwd, 'my data'))
    const path = join(cwd, 'my data/corpus/nodes.json')
    await truncate(path, (await readFile(path)).length - 100)
    const { exitCode, stdout } = await runCli(['doctor', 'file:./my data'], { cwd })
    expect(stdout).toMatch(/\nerror TEXTS_CUT_OFF corpus\/nodes\.json: .*keeps the first 103 nodes/)
    expect(stdout).toMatch(/\n {2}holdfast-migrator repair 'file:\.\/my data' --cut-base\n/)
    expect(stdout).toMatch(/\n1 error, 0 warnings\n$/)
    expect(exitCode).toBe(1)
    const json = await runJson(['doctor', 'file:./my data'], { cwd })
    expect(json).toMatchObject({ exitCode: 1, document: { ok: false, command: 'doctor' } })
  })

  it('shows no control characters', async () => {
    const cwd = await temporaryFolder()
    await mkdir(join(cwd, 'data/corpus'), { recursive: true })
    await writeFile(join(cwd, 'data/corpus/nodes.json'), '[{"id": "\\u001b[31m", "human_content": 1}]')
    const { exitCode, stdout } = await runCli(['doctor', 'file:./data'], { cwd })
    expect(exitCode).toBe(1)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  })
})

describe('repair', () => {
  it('changes nothing unless it is told what to do', async () => {
    const cwd = await temporaryFolder()
    const dataDir = join(cwd, 'data')
    await writeKilledStore(dataDir)
    const hurt = await hurtJournal(dataDir)
    const { exitCode, stdout } = await runCli(['repair', 'file:./data'], { cwd })
    expect(stdout).toMatch(/^Nothing was changed: name the repairs that are to be done\.\n/)
    expect(stdout).toMatch(/\n {2}holdfast-migrator repair file:\.\/data --cut-journal\n/)
    expect(exitCode).toBe(1)
    const directory = join(dataDir, '.holdfast/journal')
    expect(await readFile(join(directory, 'journal-0000000000000002.log'))).toEqual(hurt)
    expect(await readdir(join(dataDir, '.holdfast'))).not.toContain('quarantine')
  })

  it('does what it is told, keeps what it cuts off, and exits with 0', async () => {
    const cwd = await temporaryFolder()
    const dataDir = join(cwd, 'data')
    await writeKilledStore(dataDir)
    const hurt = await hurtJournal(dataDir)
    const { exitCode, document } = await runJson(['repair', 'file:./data', '--cut-journal'], { cwd })
    expect(exitCode).toBe(0)
    expect(document).toMatchObject({
      command: 'repair',
      ok: true,
      store: 'file:./data',
      repairs: [
        {
          repair: 'cut-journal',
          quarantined: [expect.stringMatching(/^\.holdfast\/quarantine\/cut-journal\//)],
        },
      ],
      directory: { ok: true, records: { nodes: 2 } },
    })
    const [kept = ''] = await readdir(join(dataDir, '.holdfast/quarantine/cut-journal'))
    expect(await readFile(join(dataDir, '.holdfast/quarantine/cut-journal', kept))).toEqual(hurt)
    expect(await idsIn(dataDir)).toEqual(['a', 'j1'])
    const again = await runCli(['repair', 'file:./data', '--cut-journal'], { cwd })
    expect(again.stdout).toMatch(/^cut-journal: there was nothing to do\n/)
    expect(again.exitCode).toBe(0)
  })

  it.each([
    ['--adopt', 'is ours as it is'],
    ['--restore', 'is again what was published'],
  ])('settles what another program has changed: %s', async (option, says) => {
    const cwd = await temporaryFolder()
    const dataDir = join(cwd, 'data')
    await writeKilledStore(dataDir)
    await appendFile(join(dataDir, 'corpus/nodes.json'), '\n')
    const before = await runJson(['doctor', 'file:./data'], { cwd })
    expect(before.document).toMatchObject({
      directory: { findings: [{ code: 'FOREIGN_BASE', repairs: ['restore', 'adopt'] }, {}, {}] },
    })
    const { exitCode, stdout } = await runCli(['repair', 'file:./data', option], { cwd })
    expect(stdout).toContain(says)
    expect(exitCode).toBe(0)
    expect(await idsIn(dataDir)).toEqual(['a', 'j1', 'j2', 'j3'])
  })

  it('exits with 1 when something else is wrong still', async () => {
    const cwd = await temporaryFolder()
    const dataDir = join(cwd, 'data')
    await writeKilledStore(dataDir)
    await hurtJournal(dataDir)
    await appendFile(join(dataDir, 'corpus/nodes.json'), '\n')
    const one = await runJson(['repair', 'file:./data', '--cut-journal'], { cwd })
    expect(one).toMatchObject({ exitCode: 1, document: { ok: false } })
    const both = await runJson(['repair', 'file:./data', '--adopt', '--cut-journal'], { cwd })
    expect(both).toMatchObject({
      exitCode: 0,
      document: { repairs: [{ repair: 'cut-journal', done: [] }, { repair: 'adopt' }] },
    })
  })

  it('is refused with 3 when it is not possible, and with 4 while somebody writes', async () => {
    const cwd = await temporaryFolder()
    const dataDir = join(cwd, 'data')
    await copySample(dataDir)
    await writeFile(join(dataDir, 'vectors/nodes.npy'), '')
    const impossible = await runJson(['repair', 'file:./data', '--cut-base'], { cwd })
    expect(impossible).toMatchObject({ exitCode: 3, document: { code: 'NOT_SUPPORTED', ok: false } })
    await using _ = await FileBackend.open({ dataDir: join(cwd, 'other') })
    const locked = await runJson(['repair', 'file:./other', '--adopt'], { cwd })
    expect(locked).toMatchObject({ exitCode: 4, document: { code: 'LOCKED' } })
  })

  it('offers every repair there is', async () => {
    const { stdout } = await runCli(['repair', '--help'])
    for (const name of repairNames) expect(stdout).toMatch(new RegExp(`\\n  --${name} `))
  })
})

describe.each(['doctor', 'repair'])('%s', (command) => {
  it.each([
    ['no store', [], 2, /missing required argument 'url'/],
    ['an argument too many', ['file:./a', 'file:./b'], 2, /too many arguments/],
    ['an unknown option', ['file:./a', '--fix'], 2, /unknown option '--fix'/],
    ['a path for a URL', ['./a'], 2, /write file:\.\/data/],
    [
      'a server',
      ['postgres://me:s3cret@127.0.0.1:1/x'],
      3,
      command === 'doctor' ? /cannot be reached/ : /file: stores only/,
    ],
    ['an embedded database', ['pglite:./a'], 3, command === 'doctor' ? /no database/ : /file: stores only/],
    ['nothing there', ['file:./none'], 3, /there is no directory/],
  ] as const)('refuses %s', async (_, args, expected, message) => {
    const cwd = await temporaryFolder()
    const { exitCode, stdout, stderr } = await runCli([command, ...args], { cwd })
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('s3cret')
    expect([stdout, exitCode]).toEqual(['', expected])
    expect(await readdir(cwd)).toEqual([])
  })
})

it('repair refuses two repairs that exclude each other', async () => {
  const { exitCode, stderr } = await runCli(['repair', 'file:./a', '--adopt', '--restore'])
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('exclude each other')])
})
