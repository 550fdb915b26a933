import { readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeFileSystem } from '../../src/disk/node-file-system.js'
import { JournalWriter } from '../../src/journal/journal-writer.js'
import { parseBaseRecord } from '../../src/layout/base-record.js'
import type { DamageCase } from './damage-case.js'
import {
  dieInClose,
  flipBit,
  hurtTransaction,
  journalsOf,
  shown,
  transactionsIn,
  writeAndDie,
  writeClosedStore,
  writeKilledStore,
} from './hurt-store.js'

const journal = /journal-\d+\.log$/

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

export const inJournals: readonly DamageCase[] = [
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
