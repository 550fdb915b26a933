import { FileBackend } from '@holdfast/backend-file'
import type { Finding } from '../finding.js'
import { timed } from '../timed.js'
import { largeTenant } from './large-store.js'
import type { SampleRows } from './sample-rows.js'
import { type FileSearchSizes, topK } from './sizes.js'

const wordsInQuery = 3
/** Queries that only warm up. The very first makes or reads the index. */
const warmUp = 5

/** Searches of the large tenant by words. */
export async function measureKeyword(
  dataDir: string,
  sample: SampleRows,
  { rows, searches }: FileSearchSizes,
): Promise<readonly Finding[]> {
  await using backend = await FileBackend.open({ dataDir })
  const times: number[] = []
  let found = 0
  for (let number = 0; number < warmUp + searches; number++) {
    const words = sample.words(number, wordsInQuery)
    times.push(
      await timed(async () => {
        found += (await backend.keywordSearch(words, { tenantId: largeTenant }, { topK })).length
      }),
    )
  }
  if (found === 0) throw new Error('no query by words finds anything')
  return [
    {
      name: `top ${topK} of ${rows} by ${wordsInQuery} words (BM25)`,
      unit: 'ms',
      target: { bound: 'at most', value: 15 },
      samples: times.slice(warmUp),
    },
    {
      name: `the slowest of ${searches} queries by words`,
      unit: 'ms',
      samples: [Math.max(...times.slice(warmUp))],
    },
    { name: `the first query by words, after opening ${rows}`, unit: 's', samples: [(times[0] ?? 0) / 1000] },
  ]
}
