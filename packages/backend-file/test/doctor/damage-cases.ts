import { readdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeFileSystem } from '../../src/disk/node-file-system.js'
import type { FindingCode, RepairName } from '../../src/index.js'
import { JournalWriter } from '../../src/journal/journal-writer.js'
import { parseBaseRecord } from '../../src/layout/base-record.js'
import { npyBytes } from '../support/small-store.js'
import {
  addInPython,
  dieInClose,
  flipBit,
  hurtTransaction,
  journalsOf,
  node,
  shown,
  transactionsIn,
  writeAndDie,
  writeClosedStore,
  writeKilledStore,
  writePythonStore,
} from './hurt-store.js'

/** A store that is damaged, and how it is repaired. */
export interface DamageCase {
  readonly name: string
  /** Makes the damaged store. */
  readonly make: (dataDir: string) => Promise<void>
  readonly finding: FindingCode
  /** What an open says before. */
  readonly refusal: 'CORRUPT' | 'FOREIGN_BASE'
  readonly repairs: readonly RepairName[]
  /** What the store shows afterwards: see `showStore`. */
  readonly after: string
  /** Files, as patterns of their paths, whose damaged content must be in quarantine. */
  readonly kept: readonly RegExp[]
  /** What the message of the finding says. */
  readonly says?: RegExp
}

const journal = /journal-\d+\.log$/
const record = /^\.holdfast\/store\.json$/
const nodes = /^corpus\/nodes\.json$/
const vectors = /^vectors\/nodes\.npy$/

/** A change to a record that no owner has and that no file holds. */
const unownedRecord = {
  type: 'put',
  kind: 'nodes',
  owner: { tenantId: null, userId: null },
  id: 'u',
  text: JSON.stringify({ id: 'u', human_content: 'q', assistant_content: 'a' }),
  vector: undefined,
  clusterId: null,
  position: 99,
} as const

/** Adds one behind the journal of a killed store. */
async function addJournal(dataDir: string, store: string): Promise<void> {
  const writer = await JournalWriter.create({
    files: nodeFileSystem,
    directory: join(dataDir, '.holdfast/journal'),
    generation: 3,
    startSequence: 7,
    durability: 'full',
    store,
  })
  await writer.append([unownedRecord])
  await writer.close()
}

async function cutFile(path: string, bytes: number): Promise<void> {
  await truncate(path, (await readFile(path)).length - bytes)
}

async function replaceText(path: string, from: string | RegExp, to: string): Promise<void> {
  await writeFile(path, (await readFile(path, 'utf8')).replace(from, to))
}

async function stagedFile(dataDir: string, end: string): Promise<string> {
  const names = await readdir(join(dataDir, '.holdfast/stage'))
  return join(dataDir, '.holdfast/stage', names.find((name) => name.endsWith(end)) ?? end)
}

const inJournals: readonly DamageCase[] = [
  {
    name: 'a journal with a changed bit in the middle',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      for (const path of await journalsOf(dataDir)) await hurtTransaction(join(dataDir, path), 1)
    },
    finding: 'JOURNAL_CORRUPT',
    refusal: 'CORRUPT',
    repairs: ['cut-journal'],
    after: shown('a', 'b', 'c', 'j1'),
    kept: [journal],
    says: /damaged at byte 912; .* before sequence 4; .* 2 transactions are still readable/,
  },
  {
    name: 'a journal with a changed bit in its first transaction',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      for (const path of await journalsOf(dataDir)) await hurtTransaction(join(dataDir, path), 0)
    },
    finding: 'JOURNAL_CORRUPT',
    refusal: 'CORRUPT',
    repairs: ['cut-journal'],
    after: shown('a', 'b', 'c'),
    kept: [journal],
  },
  {
    name: 'a journal with a changed bit whose content is in the files already',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await dieInClose(dataDir, ['j1', 'j2', 'j3'], 'unlink commit.json')
      for (const path of await journalsOf(dataDir)) await hurtTransaction(join(dataDir, path), 1)
    },
    finding: 'JOURNAL_CORRUPT',
    refusal: 'CORRUPT',
    repairs: ['cut-journal'],
    after: shown('a', 'b', 'c', 'j1', 'j2', 'j3'),
    kept: [journal],
    says: /0 transactions are still readable/,
  },
  {
    name: 'the older one of two journals with a changed bit',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await writeAndDie(dataDir, ['k1', 'k2'])
      await hurtTransaction(join(dataDir, (await journalsOf(dataDir))[0] ?? ''), 1)
    },
    finding: 'JOURNAL_CORRUPT',
    refusal: 'CORRUPT',
    repairs: ['cut-journal'],
    after: shown('a', 'b', 'c', 'j1'),
    kept: [/journal-0{15}2\.log$/, /journal-0{15}3\.log$/],
    says: /4 transactions are still readable/,
  },
  {
    name: 'the newer one of two journals with a changed bit',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await writeAndDie(dataDir, ['k1', 'k2', 'k3'])
      const path = join(dataDir, (await journalsOf(dataDir))[1] ?? '')
      await hurtTransaction(path, (await transactionsIn(path)).length - 3)
    },
    finding: 'JOURNAL_CORRUPT',
    refusal: 'CORRUPT',
    repairs: ['cut-journal'],
    after: shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4', 'k1'),
    kept: [/journal-0{15}3\.log$/],
    says: /1 transaction is still readable/,
  },
  {
    name: 'the newer one of two journals with a damaged header',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await writeAndDie(dataDir, ['k1', 'k2'])
      await flipBit(join(dataDir, (await journalsOf(dataDir))[1] ?? ''), 24)
    },
    finding: 'JOURNAL_HEADER_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['cut-journal'],
    after: shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4'),
    kept: [/journal-0{15}3\.log$/],
    says: /2 transactions are still readable/,
  },
  {
    name: 'the only journal with a damaged header',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await flipBit(join(dataDir, (await journalsOf(dataDir))[0] ?? ''), 3)
    },
    finding: 'JOURNAL_HEADER_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['cut-journal'],
    after: shown('a', 'b', 'c'),
    kept: [journal],
  },
  {
    name: 'a journal that is missing',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await writeAndDie(dataDir, ['k1', 'k2'])
      await unlink(join(dataDir, (await journalsOf(dataDir))[0] ?? ''))
    },
    finding: 'JOURNAL_GAP',
    refusal: 'CORRUPT',
    repairs: ['cut-journal'],
    after: shown('a', 'b', 'c'),
    kept: [/journal-0{15}3\.log$/],
  },
  {
    name: 'a journal that changes what is not there',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      const { store = '' } = parseBaseRecord(
        await readFile(join(dataDir, '.holdfast/store.json'), 'utf8'),
        'it',
      )
      await addJournal(dataDir, store)
    },
    finding: 'JOURNAL_REFUSED',
    refusal: 'CORRUPT',
    repairs: ['cut-journal'],
    after: shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4'),
    kept: [/journal-0{15}3\.log$/],
  },
  {
    name: 'the journal of another store',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await addJournal(dataDir, '0123456789abcdef')
    },
    finding: 'JOURNAL_HEADER_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['cut-journal'],
    after: shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4'),
    kept: [/journal-0{15}3\.log$/],
    says: /it belongs to another store.* 0 transactions are still readable/,
  },
]

const inFiles: readonly DamageCase[] = [
  {
    name: 'files that Python has changed, taken over',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await addInPython(dataDir, 'p')
    },
    finding: 'FOREIGN_BASE',
    refusal: 'FOREIGN_BASE',
    repairs: ['adopt'],
    after: shown('a', 'b', 'c', 'p'),
    kept: [],
  },
  {
    name: 'files that Python has changed beside a journal, taken over',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await addInPython(dataDir, 'p')
    },
    finding: 'FOREIGN_BASE',
    refusal: 'FOREIGN_BASE',
    repairs: ['adopt'],
    after: shown('a', 'b', 'c', 'p', 'j1', 'j2', 'j3', 'j4'),
    kept: [],
  },
  {
    name: 'files that Python has changed beside a journal, put back',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await addInPython(dataDir, 'p')
    },
    finding: 'FOREIGN_BASE',
    refusal: 'FOREIGN_BASE',
    repairs: ['restore'],
    after: shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4'),
    kept: [nodes, vectors],
  },
  {
    name: 'files that Python has changed in the middle of a publication, taken over',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await dieInClose(dataDir, ['k'])
      await addInPython(dataDir, 'p')
    },
    finding: 'FOREIGN_BASE',
    refusal: 'FOREIGN_BASE',
    repairs: ['adopt'],
    after: shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4', 'k'),
    kept: [nodes, vectors],
    says: /corpus\/nodes\.json, .*vectors\/nodes\.npy while a publication was unfinished/,
  },
  {
    name: 'files that Python has changed in the middle of a publication, put back',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await dieInClose(dataDir, ['k'])
      await addInPython(dataDir, 'p')
    },
    finding: 'FOREIGN_BASE',
    refusal: 'FOREIGN_BASE',
    repairs: ['restore'],
    after: shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4', 'k'),
    kept: [nodes, vectors],
    says: /corpus\/nodes\.json, .*vectors\/nodes\.npy while a publication was unfinished/,
  },
  {
    name: 'vectors that the disk has changed, put back',
    make: async (dataDir) => {
      await writeClosedStore(dataDir)
      await flipBit(join(dataDir, 'vectors/nodes.npy'), 128)
    },
    finding: 'FILE_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['restore'],
    after: shown('a', 'b', 'c'),
    kept: [vectors],
  },
  {
    name: 'vectors that the disk has changed beside a journal, taken over',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await flipBit(join(dataDir, 'vectors/nodes.npy'), 128)
    },
    finding: 'FILE_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['adopt'],
    after: shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4').replace('a:97', 'a:97.00003051757812'),
    kept: [vectors],
  },
  {
    name: 'nodes that a killed Python process left half written',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await cutFile(join(dataDir, 'corpus/nodes.json'), 40)
    },
    finding: 'TEXTS_CUT_OFF',
    refusal: 'CORRUPT',
    repairs: ['cut-base'],
    after: shown('a', 'b'),
    kept: [nodes, vectors],
    says: /behind 2 whole records; .* has 3 rows; cut-base keeps the first 2 nodes/,
  },
  {
    name: 'nodes of our own that a killed Python process left half written, cut and taken over',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await addInPython(dataDir, 'p')
      await cutFile(join(dataDir, 'corpus/nodes.json'), 40)
    },
    finding: 'TEXTS_CUT_OFF',
    refusal: 'FOREIGN_BASE',
    repairs: ['cut-base', 'adopt'],
    after: shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4'),
    kept: [nodes, vectors],
  },
  {
    name: 'nodes of our own that a killed Python process left half written, put back',
    make: async (dataDir) => {
      await writeKilledStore(dataDir)
      await cutFile(join(dataDir, 'corpus/nodes.json'), 40)
    },
    finding: 'FOREIGN_BASE',
    refusal: 'FOREIGN_BASE',
    repairs: ['restore'],
    after: shown('a', 'b', 'c', 'j1', 'j2', 'j3', 'j4'),
    kept: [nodes],
  },
  {
    name: 'a file of nodes that is empty',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await writeFile(join(dataDir, 'corpus/nodes.json'), '')
    },
    finding: 'TEXTS_CUT_OFF',
    refusal: 'CORRUPT',
    repairs: ['cut-base'],
    after: 'e',
    kept: [vectors, /clusters/, /manifest/],
  },
  {
    name: 'vectors that end in the middle of a row',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await cutFile(join(dataDir, 'vectors/nodes.npy'), 5)
    },
    finding: 'VECTORS_CUT_OFF',
    refusal: 'CORRUPT',
    repairs: ['cut-base'],
    after: shown('a', 'b'),
    kept: [nodes, vectors],
  },
  {
    name: 'one more text than vectors',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      const before = await readFile(join(dataDir, 'vectors/nodes.npy'))
      await addInPython(dataDir, 'p')
      await writeFile(join(dataDir, 'vectors/nodes.npy'), before)
    },
    finding: 'ROWS_DIFFER',
    refusal: 'CORRUPT',
    repairs: ['cut-base'],
    after: shown('a', 'b', 'c'),
    kept: [nodes],
  },
  {
    name: 'one more vector than texts',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await writeFile(
        join(dataDir, 'vectors/nodes.npy'),
        npyBytes(['a', 'b', 'c', 'd'].map((id) => node(id).embedding)),
      )
    },
    finding: 'ROWS_DIFFER',
    refusal: 'CORRUPT',
    repairs: ['cut-base'],
    after: shown('a', 'b', 'c'),
    kept: [vectors],
  },
  {
    name: 'episodes that were left half written',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await cutFile(join(dataDir, 'corpus/episodes.json'), 10)
    },
    finding: 'TEXTS_CUT_OFF',
    refusal: 'CORRUPT',
    repairs: ['cut-base'],
    after: shown('a', 'b', 'c').replace(' e', ''),
    kept: [/episodes\.json/, /episodes\.npy/, /manifest/],
  },
  {
    name: 'clusters that were left half written',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await cutFile(join(dataDir, 'indexes/clusters.json'), 5)
    },
    finding: 'CLUSTERS_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['cut-base'],
    after: shown('a', 'b', 'c'),
    kept: [/clusters/],
  },
  {
    name: 'clusters of nodes that are not there',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await writeFile(join(dataDir, 'indexes/clusters.json'), '{"4": [1, 3]}')
    },
    finding: 'CLUSTERS_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['cut-base'],
    after: shown('a', 'b', 'c'),
    kept: [/clusters/],
  },
  {
    name: 'a manifest that was left half written',
    make: async (dataDir) => {
      await writePythonStore(dataDir)
      await cutFile(join(dataDir, 'manifest.json'), 5)
    },
    finding: 'MANIFEST_DAMAGED',
    refusal: 'CORRUPT',
    repairs: ['cut-base'],
    after: shown('a', 'b', 'c'),
    kept: [/manifest/],
  },
]

const inRecords: readonly DamageCase[] = [
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

/** Every damage that can be repaired, with each repair. */
export const damageCases: readonly DamageCase[] = [...inJournals, ...inFiles, ...inRecords]
