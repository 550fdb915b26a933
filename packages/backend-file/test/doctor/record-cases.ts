import { readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DamageCase } from './damage-case.js'
import {
  addInPython,
  dieInClose,
  journalsOf,
  shown,
  writeAndDie,
  writeClosedStore,
  writeKilledStore,
  writePythonStore,
} from './hurt-store.js'

const journal = /journal-\d+\.log$/
const record = /^\.holdfast\/store\.json$/

async function replaceText(path: string, from: string | RegExp, to: string): Promise<void> {
  await writeFile(path, (await readFile(path, 'utf8')).replace(from, to))
}

async function stagedFile(dataDir: string, end: string): Promise<string> {
  const names = await readdir(join(dataDir, '.holdfast/stage'))
  return join(dataDir, '.holdfast/stage', names.find((name) => name.endsWith(end)) ?? end)
}

export const inRecords: readonly DamageCase[] = [
  {
    name: 'a damaged base record whose copy is right',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await replaceText(join(dataDir, '.holdfast/store.json'), /crc32":\d/, 'crc32":')
    },
    finding: 'BASE_RECORD_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['reset-record'],
    after: shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4'),
    kept: [record],
    says: /nothing is lost/,
  },
  {
    name: 'a damaged base record without a copy, beside a journal',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await rm(join(dataDir, '.holdfast/copy'), { recursive: true })
      await replaceText(join(dataDir, '.holdfast/store.json'), 'sequence', 'sequins')
    },
    finding: 'BASE_RECORD_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['reset-record'],
    after: shown('a', 'b', 'c'),
    kept: [record, journal],
    says: /what only they hold goes to quarantine/,
  },
  {
    name: 'a damaged base record without a copy',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await rm(join(dataDir, '.holdfast/copy'), { recursive: true })
      await writeFile(join(dataDir, '.holdfast/store.json'), '')
    },
    finding: 'BASE_RECORD_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['reset-record'],
    after: shown('a', 'b', 'c'),
    kept: [record],
  },
  {
    name: 'a damaged base record whose copy describes other files',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await addInPython(dataDir, 'p')
      await writeFile(join(dataDir, '.holdfast/store.json'), '{')
    },
    finding: 'BASE_RECORD_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['reset-record'],
    after: shown('a', 'b', 'c', 'p'),
    kept: [record, journal],
  },
  {
    name: 'a base record that is gone, beside a journal',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await rm(join(dataDir, '.holdfast/copy'), { recursive: true })
      await unlink(join(dataDir, '.holdfast/store.json'))
    },
    finding: 'BASE_RECORD_MISSING',
    refusal: 'FOREIGN_BASE',
    repairs: ['reset-record'],
    after: shown('a', 'b', 'c'),
    kept: [journal],
  },
  {
    name: 'a base record that is gone, beside a journal of all that was ever written',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await writeAndDie(dataDir, ['j1'])
      await unlink(join(dataDir, '.holdfast/store.json'))
    },
    finding: 'BASE_RECORD_MISSING',
    refusal: 'FOREIGN_BASE',
    repairs: ['adopt'],
    after: shown('a', 'b', 'c', 'j1'),
    kept: [],
  },
  {
    name: 'a damaged commit, written anew',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await dieInClose(dataDir, ['j1'])
      for (const path of await journalsOf(dataDir)) await unlink(join(dataDir, path))
      await replaceText(join(dataDir, '.holdfast/commit.json'), 'size', 'sise')
    },
    finding: 'COMMIT_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['rebuild-commit'],
    after: shown('a', 'b', 'c', 'j1'),
    kept: [/commit\.json/],
    says: /nothing is lost/,
  },
  {
    name: 'a damaged commit that is not needed',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await dieInClose(dataDir, ['j1'])
      await unlink(await stagedFile(dataDir, '-store.json'))
      await writeFile(join(dataDir, '.holdfast/commit.json'), '')
    },
    finding: 'COMMIT_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['drop-commit'],
    after: shown('a', 'b', 'c', 'j1'),
    kept: [/commit\.json/, /stage\/\w+-nodes\.json/],
  },
  {
    name: 'a publication with a damaged file, whose content the journal has',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await dieInClose(dataDir, ['j1'])
      await replaceText(await stagedFile(dataDir, '-nodes.json'), 'j1', 'j2')
    },
    finding: 'STAGED_FILE_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['drop-commit'],
    after: shown('a', 'b', 'c', 'j1'),
    kept: [/commit\.json/, /stage\/\w+-nodes\.json/],
  },
]
