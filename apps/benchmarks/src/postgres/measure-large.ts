import type { SampleRows } from '../file-search/sample-rows.js'
import { type Finding, leftOut } from '../finding.js'
import type { BenchServer } from './bench-server.js'
import { type PostgresSizes, topK } from './sizes.js'

/** A tenant that is large enough for an index of its own, and what the index costs an insert. */
export async function measureLarge(
  _server: BenchServer,
  _sample: SampleRows,
  { large, batch }: PostgresSizes,
): Promise<readonly Finding[]> {
  const searched = `top ${topK} of a tenant of ${large} with an index of its own`
  const findings: readonly Finding[] = [
    { name: searched, unit: 'ms', target: { bound: 'at most', value: 5 }, samples: [] },
    { name: `recall of the ${searched}`, unit: '', target: { bound: 'at least', value: 0.99 }, samples: [] },
    { name: `a batch of ${batch} with the index, relative to without`, unit: '', samples: [] },
  ]
  return leftOut(findings, 'nothing builds an index yet')
}
