import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { npyBytes } from '../support/small-store.js'
import type { DamageCase } from './damage-case.js'
import {
  addInPython,
  dieInClose,
  flipBit,
  node,
  shown,
  writeClosedStore,
  writeKilledStore,
  writePythonStore,
} from './hurt-store.js'

const nodes = /^corpus\/nodes\.json$/
const vectors = /^vectors\/nodes\.npy$/

async function cutFile(path: string, bytes: number): Promise<void> {
  await truncate(path, (await readFile(path)).length - bytes)
}

export const inFiles: readonly DamageCase[] = [
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
