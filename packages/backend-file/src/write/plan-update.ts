import { patchedText, type ResolvedPatch, type ResolvedScope } from '@holdfast/core'
import { withDimensions } from '../layout/store-settings.js'
import { readTexts } from '../records/read-texts.js'
import { readVectors } from '../records/read-vectors.js'
import type { PlannedWrite, WriteDraft } from './write-draft.js'

/**
 * Changes some fields of a node; the rest of its text stays byte for byte. Where two owners of a user hold the id, it is
 * the first inserted.
 * @throws {MemoryError} `DIMENSION_MISMATCH`; `INVALID_NODE` when the text would become too large.
 */
export async function planUpdate(
  draft: WriteDraft,
  scope: ResolvedScope,
  id: string,
  patch: ResolvedPatch,
): Promise<PlannedWrite<boolean>> {
  const { state } = draft
  const index = state.index('nodes')
  const row = index.find(scope, id)
  const owner = row === undefined ? undefined : index.owner(row)
  if (row === undefined || owner === undefined) return { operations: [], result: false }
  let { settings } = draft
  if (patch.embedding) settings = withDimensions(settings, patch.embedding.length, 'the embedding')
  let text = ''
  for await (const [found] of readTexts(index, [row], undefined)) text = found?.text ?? ''
  text = patchedText(text, patch)
  const [vector] =
    patch.embedding === undefined
      ? await readVectors(state.collection('nodes'), [row], undefined)
      : [patch.embedding ?? undefined]
  const clusterId = patch.fields.clusterId === undefined ? index.clusterId(row) : patch.fields.clusterId
  const position = index.position(row)
  return {
    operations: [{ type: 'put', kind: 'nodes', owner, id, text, vector, clusterId, position }],
    settings,
    result: true,
  }
}
