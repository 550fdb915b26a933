import { formatBaseRecord } from '../layout/base-record.js'
import type { PublishedBase } from '../store/published-base.js'
import type { Publisher } from './publisher.js'

/**
 * Puts on record what the published files are, where nothing says so yet: a journal is about to build on them, and must
 * not be applied to others.
 */
export async function recordBase(
  base: PublishedBase,
  publisher: Publisher,
  generation: number,
): Promise<void> {
  if (base.isRecorded) return
  await base.identify(new Map())
  const written = await publisher.publish({
    contents: new Map(),
    states: base.states,
    base: () =>
      formatBaseRecord({
        store: base.store,
        settings: base.settings,
        sequence: base.sequence,
        generation,
        positions: base.positions,
        files: base.identitiesWith(new Map()),
      }),
  })
  await base.record(written)
}
