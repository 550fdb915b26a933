import type { DataFile } from '../base/open-data-files.js'
import { fileVersion } from '../cache/cache-source.js'
import type { IndexedElements } from '../cache/index-cache.js'
import type { FileIdentity } from '../layout/base-record.js'
import type { CapturedRecords } from './compose-files.js'
import type { TextRanges } from './compose-texts.js'

/** A file of records that has been written, and what its texts do not say. */
export interface PublishedTexts {
  /** `undefined`: it was not written. */
  readonly file: DataFile | undefined
  readonly identity: FileIdentity | undefined
  /** By row: the nodes that decide whose a record is that does not say so. */
  readonly ownerFromNodes: ReadonlyMap<number, readonly string[]>
}

/**
 * What an open would find out by reading a file of records that was written just now. The clusters are left out: the
 * file of clusters is there whenever nodes are published, and it counts.
 */
export function indexPublished(
  { index, rows, ranges }: CapturedRecords & { readonly ranges: TextRanges },
  { file, identity, ownerFromNodes }: PublishedTexts,
): IndexedElements | undefined {
  if (file === undefined || identity?.crc32 == null) return undefined
  const { offsets, lengths, checksums } = ranges
  const { ids, owners, ownerList } = index.gather(rows)
  const derived = new Map<number, readonly string[]>()
  for (let at = 0; at < rows.length && ownerFromNodes.size > 0; at++) {
    const nodeIds = ownerFromNodes.get(rows[at] ?? -1)
    if (nodeIds === undefined) continue
    derived.set(at, nodeIds)
    owners[at] = -1
  }
  return {
    elements: {
      count: rows.length,
      offsets,
      lengths,
      checksums,
      owners,
      ownerList,
      ids,
      clusterIds: undefined,
      ownerFromNodes: derived,
    },
    // The record of the files tells which one it is. Without that the time of its last change is not old enough.
    source: { size: identity.size, crc32: identity.crc32, version: fileVersion(file), isSettled: false },
    mode: file.mode,
  }
}
