import type { MemoryBackend } from '@holdfast/core'
import { axis, sampleEpisode, sampleNode } from './sample-records.js'
import { fragileVector } from './vector-bits.js'

/**
 * Inserts 5 nodes and 3 episodes of three owners in several writes, nodes and episodes in turn, with what a move to
 * another store may lose.
 */
export async function insertMovingSample(backend: MemoryBackend): Promise<void> {
  const metadata = { text: 'é \u{1f600} \0 \ud83d', number: 1e21, list: [0.1, -0] }
  await backend.insertNodes([sampleNode('z', { embedding: fragileVector, metadata, clusterId: 4 })])
  await backend.insertEpisodes([sampleEpisode('e', { embedding: fragileVector, metadata })])
  await backend.insertNodes([
    sampleNode('a', { userId: 'kim', extra: { future: [1] } }),
    sampleNode('a', { tenantId: 'other', embedding: axis(1) }),
    sampleNode('b', { clusterId: -1 }),
    sampleNode('k', { tenantId: null, userId: 'kim', embedding: axis(2) }),
  ])
  await backend.insertEpisodes([sampleEpisode('d'), sampleEpisode('e', { tenantId: null, userId: 'kim' })])
}
