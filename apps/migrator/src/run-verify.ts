import type { CommandContext } from './command-context.js'
import { type CommandOptions, scopeOf, storesOf } from './command-options.js'
import { type SourceSurvey, surveySource } from './survey-source.js'
import { type VerifyResult, verifyMemories } from './verify-memories.js'
import { withStore } from './with-store.js'

/** What `verify` found. */
export interface VerifyReport {
  readonly command: 'verify'
  readonly ok: boolean
  readonly from: string
  readonly to: string
  readonly source: SourceSurvey
  readonly comparison: VerifyResult
}

/** `verify`: compares two stores and changes neither. */
export async function runVerify(options: CommandOptions, context: CommandContext): Promise<VerifyReport> {
  const scope = scopeOf(options)
  const { from, to } = await storesOf(options)
  const { unowned, batchSize } = options
  const { logger, onProgress, signal } = context
  const reading = { readOnly: true, create: false, logger }
  return withStore(from, reading, (source) =>
    withStore(to, reading, async (target) => {
      const shared = {
        from: source,
        batchSize,
        onProgress,
        signal,
        ...(scope === undefined ? {} : { scope }),
      }
      const survey = await surveySource(shared)
      const comparison = await verifyMemories({ ...shared, to: target, unowned, source: survey })
      return {
        command: 'verify',
        ok: comparison.equal,
        from: from.shown,
        to: to.shown,
        source: survey,
        comparison,
      }
    }),
  )
}
