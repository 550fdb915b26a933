import { fileURLToPath } from 'node:url'
import { type Finding, leftOut } from '../finding.js'
import { installPackages } from '../install-packages.js'
import { LineProgram } from '../line-program.js'
import { OtherProgramError } from '../other-program-error.js'
import { type Comparison, compareSearchers } from './compare-searchers.js'
import type { LargeStore } from './large-store.js'
import { meanOf } from './mean-of.js'
import type { PeerTask } from './peers/peer-program.js'
import type { Peer } from './peers/peers.js'
import type { Queries } from './queries.js'
import { programSearcher, type Searcher } from './searcher.js'
import { topK } from './sizes.js'
import { vectorsPath } from './write-python-store.js'

const program = fileURLToPath(new URL('./peers/peer-program.js', import.meta.url))

/** One peer over the same rows, in each of its ways. */
export async function measurePeer(
  peer: Peer,
  ours: Searcher,
  store: LargeStore,
  queries: Queries,
  count: number,
  folder: string,
): Promise<{ readonly findings: readonly Finding[]; readonly comparisons: readonly Comparison[] }> {
  const { dataDir, rows } = store
  try {
    const task: PeerTask = {
      peer: peer.name,
      folder: await installPackages(peer, folder),
      vectors: vectorsPath(dataDir),
      rows,
      queries: queries.path,
      queryCount: queries.vectors.length,
      dimensions: queries.vector(0).length,
      topK,
    }
    const started = await LineProgram.start(process.execPath, [program, JSON.stringify(task)])
    await using other = started.program
    const findings: Finding[] = []
    const comparisons: Comparison[] = []
    for (const [way, label] of Object.entries(peer.ways)) {
      const truths = store.truths(queries, queries.take(count))
      const comparison = await compareSearchers(ours, programSearcher(other, way), truths)
      comparisons.push(comparison)
      findings.push(...findingsOf(label, rows, comparison))
    }
    return { findings, comparisons }
  } catch (error) {
    if (!(error instanceof OtherProgramError)) throw error
    return { findings: peerLeftOut(peer, rows, error.message), comparisons: [] }
  }
}

/** The rows of a peer that was not measured. */
export function peerLeftOut({ ways }: Peer, rows: number, why: string): readonly Finding[] {
  return leftOut(
    Object.values(ways).flatMap((label) => findingsOf(label, rows)),
    why,
  )
}

function findingsOf(label: string, rows: number, comparison?: Comparison): readonly Finding[] {
  return [
    {
      name: `top ${topK} of ${rows}, relative to ${label}`,
      unit: '',
      target: { bound: 'at most', value: 1 },
      samples: comparison?.ratios ?? [],
    },
    { name: `${label}, over ${rows}`, unit: 'ms', samples: comparison?.times[1] ?? [] },
    {
      name: `recall of ${label}, over ${rows}`,
      unit: '',
      samples: comparison === undefined ? [] : [meanOf(comparison.recalls[1])],
    },
  ]
}
