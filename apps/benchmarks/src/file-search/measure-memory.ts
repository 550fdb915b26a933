import type { Finding } from '../finding.js'
import { largeTenant } from './large-store.js'
import type { Queries } from './queries.js'
import { runFresh } from './run-fresh.js'
import type { FileSearchSizes } from './sizes.js'

/** Searches of the large tenant, after each of which the memory is looked at. */
const searches = 20

/**
 * What a process holds that has opened a store, over one that has only imported the same modules. Each figure is of a
 * fresh process.
 * @param mixed a store of small tenants. @param large a store of one tenant.
 */
export async function measureMemory(
  mixed: { readonly dataDir: string; readonly tenantId: string },
  large: string,
  queries: Queries,
  { rows, small, repetitions }: FileSearchSizes,
): Promise<readonly Finding[]> {
  const [ofSmall, ofLarge, peaks, empties]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const empty = await runFresh(queries, searches)
    const one = await runFresh(queries, 1, mixed)
    const many = await runFresh(queries, searches, { dataDir: large, tenantId: largeTenant })
    empties.push(empty.resident / 1e6)
    ofSmall.push((one.resident - empty.resident) / 1e6)
    ofLarge.push((many.resident - empty.resident) / 1024 / rows)
    if (many.peak !== null && empty.peak !== null) peaks.push((many.peak - empty.peak) / 1024 / rows)
  }
  return [
    {
      name: `memory, ${rows} nodes opened and one tenant of ${small} searched`,
      unit: 'MB',
      target: { bound: 'at most', value: 60 },
      samples: ofSmall,
    },
    {
      name: `memory for a node, while one tenant of ${rows} is searched`,
      unit: 'KiB',
      target: { bound: 'at most', value: 1.4 },
      samples: ofLarge,
    },
    { name: `the most memory for a node until then`, unit: 'KiB', samples: peaks },
    { name: 'memory of the process that opens nothing, not counted above', unit: 'MB', samples: empties },
  ]
}
