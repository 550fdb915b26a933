import { appendFile, mkdir, readdir, readFile, rename, truncate, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { FindingCode, RepairName } from '../../src/index.js'
import {
  dieInClose,
  flipBit,
  journalsOf,
  transactionsIn,
  writeClosedStore,
  writeKilledStore,
  writePythonStore,
} from './hurt-store.js'

/** A store in which something is to be found. */
export interface FindingCase {
  readonly name: string
  readonly make: (dataDir: string) => Promise<unknown>
  readonly finding: FindingCode
  readonly severity: string
  readonly repairs: readonly (RepairName | 'next open')[]
  readonly says: RegExp
  /** What an open says; `undefined`: it opens, and the finding is gone. */
  readonly refusal?: string
}

/** Things that are worth knowing, or that nothing here repairs. */
export const findingCases: readonly FindingCase[] = [
  {
    name: 'a write that was never finished',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await appendFile(join(dataDir, (await journalsOf(dataDir))[0] ?? ''), 'HFJFnever finished')
    },
    finding: 'JOURNAL_TORN',
    severity: 'info',
    repairs: ['next open'],
    says: /last 18 bytes/,
  },
  {
    name: 'an acknowledged write that is gone',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      const path = join(dataDir, (await journalsOf(dataDir))[0] ?? '')
      await truncate(path, ((await transactionsIn(path))[4] ?? 0) - 8)
    },
    finding: 'ACKNOWLEDGED_LOST',
    severity: 'warning',
    repairs: ['next open'],
    says: /last 848 bytes were acknowledged/,
  },
  {
    name: 'a publication that was interrupted',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await dieInClose(dataDir, ['j1'])
    },
    finding: 'PUBLICATION_UNFINISHED',
    severity: 'info',
    repairs: ['next open'],
    says: /committed/,
  },
  {
    name: 'files of a publication that was never committed',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await writeFile(join(dataDir, '.holdfast/stage/abc-nodes.json'), '[]')
    },
    finding: 'LEFTOVERS',
    severity: 'info',
    repairs: ['next open'],
    says: /1 files \(2 bytes\)/,
  },
  {
    name: 'a journal that was never begun',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await writeFile(join(dataDir, '.holdfast/journal/journal-0000000000000003.log.new'), '')
    },
    finding: 'LEFTOVERS',
    severity: 'info',
    repairs: ['next open'],
    says: /never begun/,
  },
  {
    name: 'an owner that nobody can read',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await writeFile(join(dataDir, '.holdfast/owner.json'), '{}')
    },
    finding: 'OWNER_DAMAGED',
    severity: 'warning',
    repairs: ['next open'],
    says: /nobody can tell/,
  },
  {
    name: 'a journal of a later format',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      const path = join(dataDir, (await journalsOf(dataDir))[0] ?? '')
      const bytes = await readFile(path)
      bytes.writeUInt16LE(9, 8)
      bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60)
      await writeFile(path, bytes)
    },
    finding: 'SCHEMA_AHEAD',
    severity: 'error',
    repairs: [],
    says: /has format 9/,
    refusal: 'SCHEMA_AHEAD',
  },
  {
    name: 'a base record of a later format',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await writeFile(join(dataDir, '.holdfast/store.json'), '{"format": 7}')
    },
    finding: 'SCHEMA_AHEAD',
    severity: 'error',
    repairs: [],
    says: /has format 7/,
    refusal: 'SCHEMA_AHEAD',
  },
  {
    name: 'a commit of a later format',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await writeFile(join(dataDir, '.holdfast/commit.json'), '{"format": 7}')
    },
    finding: 'SCHEMA_AHEAD',
    severity: 'error',
    repairs: [],
    says: /has format 7/,
    refusal: 'SCHEMA_AHEAD',
  },
  {
    name: 'a directory in the place of a file',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await rename(join(dataDir, 'corpus'), join(dataDir, 'other'))
      await mkdir(join(dataDir, 'corpus/nodes.json'), { recursive: true })
    },
    finding: 'FILE_UNREADABLE',
    severity: 'error',
    repairs: [],
    says: /is not a file/,
    refusal: 'CORRUPT',
  },
  {
    name: 'vectors without texts',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await unlink(join(dataDir, 'corpus/nodes.json'))
    },
    finding: 'FILE_MISSING',
    severity: 'error',
    repairs: [],
    says: /put back a backup/,
    refusal: 'CORRUPT',
  },
  {
    name: 'texts without vectors',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await unlink(join(dataDir, 'vectors/nodes.npy'))
    },
    finding: 'FILE_MISSING',
    severity: 'error',
    repairs: [],
    says: /put back a backup/,
    refusal: 'CORRUPT',
  },
  {
    name: 'texts that are damaged in the middle, so that the rest looks like one record',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      const path = join(dataDir, 'corpus/nodes.json')
      await writeFile(path, (await readFile(path, 'utf8')).replace('question a"', 'question a'))
    },
    finding: 'TEXTS_DAMAGED',
    severity: 'error',
    repairs: [],
    says: /put back a backup/,
    refusal: 'CORRUPT',
  },
  {
    name: 'vectors without a head',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await writeFile(join(dataDir, 'vectors/nodes.npy'), '')
    },
    finding: 'VECTORS_DAMAGED',
    severity: 'error',
    repairs: [],
    says: /put back a backup/,
    refusal: 'CORRUPT',
  },
  {
    name: 'vectors without a row',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await truncate(join(dataDir, 'vectors/nodes.npy'), 128)
    },
    finding: 'VECTORS_CUT_OFF',
    severity: 'error',
    repairs: [],
    says: /after 0 of 3 rows.*put back a backup/,
    refusal: 'CORRUPT',
  },
  {
    name: 'one id twice',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      const path = join(dataDir, 'corpus/nodes.json')
      await writeFile(path, (await readFile(path, 'utf8')).replace('"id": "b"', '"id": "a"'))
    },
    finding: 'BASE_REFUSED',
    severity: 'error',
    repairs: [],
    says: /has the id "a" of element 0/,
    refusal: 'CORRUPT',
  },
  {
    name: 'a manifest that names other files',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await writeFile(join(dataDir, 'manifest.json'), '{"corpus": {"nodes_file": "x.json"}}')
    },
    finding: 'BASE_REFUSED',
    severity: 'error',
    repairs: [],
    says: /nodes_file is "x.json"/,
    refusal: 'NOT_SUPPORTED',
  },
  {
    name: 'a publication with a damaged file, whose journal is gone',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await dieInClose(dataDir, ['j1'])
      for (const path of await journalsOf(dataDir)) await unlink(join(dataDir, path))
      const stage = join(dataDir, '.holdfast/stage')
      const name = (await readdir(stage)).find((each) => each.endsWith('-nodes.npy')) ?? ''
      await flipBit(join(stage, name), 140)
    },
    finding: 'STAGED_FILE_DAMAGED',
    severity: 'error',
    repairs: [],
    says: /is needed and not whole/,
    refusal: 'CORRUPT',
  },
  {
    name: 'a damaged commit whose files do not tell what stood there',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await dieInClose(dataDir, ['j1'])
      for (const path of await journalsOf(dataDir)) await unlink(join(dataDir, path))
      const stage = join(dataDir, '.holdfast/stage')
      const name = (await readdir(stage)).find((each) => each.endsWith('-store.json')) ?? ''
      await flipBit(join(stage, name), 60)
      await flipBit(join(dataDir, '.holdfast/commit.json'), 60)
    },
    finding: 'COMMIT_DAMAGED',
    severity: 'error',
    repairs: [],
    says: /is needed and not whole/,
    refusal: 'CORRUPT',
  },
]
