import type { Finding } from '../finding.js'
import { quantile } from '../quantile.js'
import type { RawFile } from '../raw-file.js'
import { timed } from '../timed.js'
import type { BenchStore } from './bench-store.js'
import type { FileInsertSizes } from './sizes.js'

/**
 * One insert at a time, into the small store, the large one and a bare file in turn, so that whatever slows the
 * machine down slows all three.
 */
export async function measureSingleInserts(
  small: BenchStore,
  large: BenchStore,
  raw: RawFile,
  { few, many, dimensions, singles, repetitions }: FileInsertSizes,
): Promise<readonly Finding[]> {
  // As many bytes as a journal that kept nothing but what was inserted would append.
  const bytes = Buffer.alloc(1024 + 4 * dimensions)
  const [inSmall, inLarge, inRaw]: [number[], number[], number[]] = [[], [], []]
  // The first repetition only warms up.
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    const times: [number[], number[], number[]] = [[], [], []]
    for (let single = 0; single < singles; single++) {
      const [forSmall, forLarge] = [small.nodes.next(), large.nodes.next()]
      const turns = [
        async () => times[0].push(await timed(() => small.backend.insertNode(forSmall))),
        async () => times[1].push(await timed(() => large.backend.insertNode(forLarge))),
        async () => times[2].push(await timed(() => raw.append(bytes))),
      ]
      for (const turn of single % 2 === 0 ? turns : turns.reverse()) await turn()
    }
    if (repetition === 0) continue
    inSmall.push(quantile(times[0], 0.5))
    inLarge.push(quantile(times[1], 0.5))
    inRaw.push(quantile(times[2], 0.5))
  }
  await small.expectAll()
  await large.expectAll()
  const ratios = inLarge.map((time, index) => time / (inSmall[index] ?? Number.NaN))
  return [
    {
      name: `one insert at ${many} nodes, relative to ${few}`,
      unit: '',
      target: { bound: 'at most', value: 1.2 },
      samples: ratios,
    },
    { name: `one insert at ${few} nodes`, unit: 'ms', samples: inSmall },
    { name: `one insert at ${many} nodes`, unit: 'ms', samples: inLarge },
    { name: 'as many bytes appended to a bare file', unit: 'ms', samples: inRaw },
  ]
}
