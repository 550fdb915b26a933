import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { directoryDigest } from './directory-digest.js'
import { type Run, runQuickstart } from './run-quickstart.js'

const sample = fileURLToPath(new URL('../../../fixtures/sample', import.meta.url))
const expected = ['pw-password-reset', 'pw-heron-battery', 'pw-refund-charger']
const slow = { timeout: 120_000 }

/** The conversation of each exchange of the sample, by id. */
async function conversations(): Promise<ReadonlyMap<string, string>> {
  const nodes: readonly { id: string; conversation_id: string }[] = JSON.parse(
    await readFile(join(sample, 'corpus/nodes.json'), 'utf8'),
  )
  return new Map(nodes.map(({ id, conversation_id }) => [id, conversation_id]))
}

/** Text between the heading that contains `from` and the next one. */
function chapter(stdout: string, from: string): string {
  const parts = stdout.split(/\n(?=\d {2})/)
  const found = parts.find((part) => part.split('\n')[0]?.includes(from))
  if (found === undefined) throw new Error(`no chapter ${from} in\n${stdout}`)
  return found
}

describe('quickstart on the sample', () => {
  let before: Readonly<Record<string, string>>
  let run: Run

  beforeAll(async () => {
    before = await directoryDigest(sample)
    run = await runQuickstart()
  }, slow.timeout)

  it('ends well and says nothing on stderr', () => {
    expect([run.stderr, run.code]).toEqual(['', 0])
  })

  it('leaves the directory as it was, byte for byte, and no temporary files', async () => {
    expect(Object.keys(before).length).toBeGreaterThan(4)
    expect(await directoryDigest(sample)).toEqual(before)
    expect(run.leftovers).toEqual([])
  })

  it('says what it opened', () => {
    const text = chapter(run.stdout, 'Open a memory directory')
    expect(text).toContain('104 exchanges in 24 conversations, vectors of 512 dimensions')
    expect(text).toContain('tenant pedalwick: 46 exchanges')
    expect(text).toMatch(/3 exchanges and \d+ conversations? belong to nobody/)
  })

  it('finds nothing without a scope', () => {
    expect(chapter(run.stdout, 'without saying who')).toContain('✓ 3 questions, nothing found.')
  })

  it('finds the exchange that answers each question, first', async () => {
    const text = chapter(run.stdout, 'Ask as tenant pedalwick')
    const firstFound = [...text.matchAll(/Exchanges \(process memory\):\n.*\n\s+(mem_[0-9a-f]{16})\n/g)]
    const byId = await conversations()
    expect(firstFound.map(([, id = '']) => byId.get(id))).toEqual(expected)
    const firstWhole = [...text.matchAll(/Conversations \(episodic memory\):\n.*\n\s+(\S+)\n/g)]
    expect(firstWhole.map(([, id]) => id)).toEqual(expected)
  })

  it('copies, verifies, and gets the same answers', () => {
    expect(chapter(run.stdout, 'Copy it')).toMatch(/✓ \d+ records copied\.\n\s+\d+ records without an owner/)
    expect(chapter(run.stdout, 'Verify')).toMatch(/✓ 101 exchanges, \d+ conversations and \d+ vectors/)
    expect(chapter(run.stdout, 'Ask again').match(/✓ Question \d: the same 3 exchanges/g)).toHaveLength(3)
  })

  it('shows the other tenant its own memories only', async () => {
    const text = chapter(run.stdout, 'Ask the same as tenant sunmarrow')
    expect(text).toContain('sm-password-reset')
    const ids = [...text.matchAll(/mem_[0-9a-f]{16}/g)].map(([id]) => id)
    expect(ids).toHaveLength(3)
    const byId = await conversations()
    for (const id of ids) expect(byId.get(id)).toMatch(/^sm-/)
    expect(text).toContain('✓ None of it belongs to tenant pedalwick.')
  })

  it('writes no escape codes where no terminal is', () => {
    expect(stripVTControlCharacters(run.stdout)).toBe(run.stdout)
    expect(run.stdout).not.toMatch(/[ \t]$/m)
  })
})

describe('quickstart elsewhere', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-quickstart-data-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it(
    'keeps to 40 columns and NO_COLOR, and takes its questions from a directory that it is given',
    slow,
    async () => {
      const copy = join(folder, 'copy')
      await cp(sample, copy, { recursive: true })
      const before = await directoryDigest(copy)
      const run = await runQuickstart(['--data', copy], { COLUMNS: '40', NO_COLOR: '1', FORCE_COLOR: '1' })
      expect([run.stderr, run.code, run.leftovers]).toEqual(['', 0, []])
      expect(run.stdout).not.toContain('\u001b')
      const widest = Math.max(...run.stdout.split('\n').map((line) => stringWidth(line)))
      expect(widest).toBeLessThanOrEqual(40)
      expect(widest).toBeGreaterThan(30)
      expect(run.stdout.replace(/\s+/g, ' ')).toContain('“How do I reset my password for the Rider app?”')
      expect(await directoryDigest(copy)).toEqual(before)
    },
  )

  it('paints when asked to', async () => {
    const run = await runQuickstart(['--data', join(folder, 'missing')], { FORCE_COLOR: '1' })
    expect(run.stdout).toContain('\u001b[1m')
  })

  it('takes its temporary folder away when it is interrupted', slow, async () => {
    const run = await runQuickstart([], {}, (child, text) => {
      if (text.includes('Copy it to PostgreSQL')) child.kill('SIGINT')
    })
    expect([run.code, run.leftovers]).toEqual([130, []])
    expect(run.stdout).toContain('Copy it to PostgreSQL')
    expect(run.stdout).not.toContain('What next')
  })

  it('takes it away too when nobody reads on', slow, async () => {
    const run = await runQuickstart([], {}, (child, text) => {
      if (text.includes('Copy it to PostgreSQL')) child.stdout?.destroy()
    })
    expect([run.code, run.leftovers, run.stderr]).toEqual([0, [], ''])
  })

  it('asks with stored vectors where the local model does not fit', slow, async () => {
    const small = join(folder, 'small')
    await cp(sample, small, { recursive: true })
    for (const name of ['nodes', 'episodes']) await halveVectors(join(small, `vectors/${name}.npy`))
    const run = await runQuickstart(['--data', small])
    expect([run.stderr, run.code, run.leftovers]).toEqual(['', 0, []])
    const text = run.stdout.replace(/\s+/g, ' ')
    expect(text).toContain('These vectors have 256 dimensions and the local model has 512')
    expect(text).toContain('1.000 How do I reset my password for the Rider app?')
  })

  it.each<[string, string, (path: string) => Promise<string>]>([
    ['CONNECTION', 'is not there', async (path: string) => path],
    ['CORRUPT', 'holds no memories', (path: string) => damaged(path, 'corpus/nodes.json', () => '[{')],
    [
      'CORRUPT',
      'has vectors that were cut off',
      (path: string) => damaged(path, 'vectors/nodes.npy', (old) => old.subarray(0, 5000)),
    ],
  ])('says so with %s and ends with 3 when the directory %s', slow, async (code, _, prepare) => {
    const parent = await mkdtemp(join(folder, 'bad-'))
    const path = await prepare(join(parent, 'data'))
    const state = async () => [await readdir(parent, { recursive: true }), await directoryDigest(parent)]
    const before = await state()
    const run = await runQuickstart(['--data', path])
    expect(await state()).toEqual(before)
    expect(run.code).toBe(3)
    expect(run.stderr).toMatch(/^\nCannot open /)
    expect(run.stderr.replace(/\s/g, '')).toContain(`${path}(${code})`)
    expect(run.stderr).not.toMatch(/^\s+at /m)
    expect(run.leftovers).toEqual([])
  })

  it.each([[['--nonsense']], [['--data']], [['--data=']], [['somewhere']]])(
    'ends with 2 for %j',
    async (args) => {
      const run = await runQuickstart(args)
      expect(run.code).toBe(2)
      expect(run.stdout).toBe('')
      expect(run.stderr).toContain('Usage: quickstart [--data DIR]')
      expect(run.leftovers).toEqual([])
      expect(run.stderr).not.toMatch(/^\s+at /m)
    },
  )

  it('says how it is used', async () => {
    const run = await runQuickstart(['--help'])
    expect([run.code, run.stderr]).toEqual([0, ''])
    expect(run.stdout).toContain('Usage: quickstart [--data DIR]')
  })
})

/** Keeps the first half of every row of an npy file with 512 columns. */
async function halveVectors(path: string): Promise<void> {
  const old = await readFile(path)
  const start = 10 + old.readUInt16LE(8)
  const header = old.subarray(0, start).toString('latin1').replace(', 512)', ', 256)')
  const rows = Array.from({ length: (old.length - start) / 2048 }, (_, row) =>
    old.subarray(start + row * 2048, start + row * 2048 + 1024),
  )
  await writeFile(path, Buffer.concat([Buffer.from(header, 'latin1'), ...rows]))
}

async function damaged(
  path: string,
  file: string,
  change: (old: Buffer) => Buffer | string,
): Promise<string> {
  await cp(sample, path, { recursive: true })
  await writeFile(join(path, file), change(await readFile(join(path, file))))
  return path
}
