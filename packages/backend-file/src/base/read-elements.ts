import type { RecordKind } from '@holdfast/core'
import { fileVersion, isSettled } from '../cache/cache-source.js'
import type { IndexCache, IndexedElements } from '../cache/index-cache.js'
import type { FileIdentity } from '../layout/base-record.js'
import { type DataPath, pathsOf, storePaths } from '../layout/store-paths.js'
import { copyOfElements, type ElementColumns, ElementColumnsBuilder } from '../records/element-columns.js'
import { loadRecords } from '../records/load-records.js'
import type { DataFile } from './open-data-files.js'

export interface ReadElements {
  readonly elements: ElementColumns
  /** Of the whole file; `undefined` when there is none. */
  readonly checksum: number | undefined
  /** Whether they were found in the cache, and so have been part of a store that was opened or published. */
  readonly isCached: boolean
  /** For the cache, which does not have it. Shares nothing with `elements`. */
  readonly unsaved: IndexedElements | undefined
}

/**
 * Finds out where the records of a file are and whose: from the cache, else from the file, which is read once.
 * @param recorded what was published, if that is what is there.
 * @throws {MemoryError} `CORRUPT`, naming file, element and byte.
 */
export async function readElements(
  files: ReadonlyMap<DataPath, DataFile>,
  kind: RecordKind,
  recorded: ReadonlyMap<DataPath, FileIdentity> | undefined,
  cache: IndexCache | undefined,
): Promise<ReadElements> {
  const path = pathsOf[kind].texts
  const found = files.get(path)
  const builder = new ElementColumnsBuilder()
  if (found === undefined)
    return { elements: builder.finish(), checksum: undefined, isCached: false, unsaved: undefined }
  const known = await cache?.read(kind, found, recorded?.get(path))
  // Without the file of clusters it counts what the texts say, and not every cache has that.
  const isEnough = kind === 'episodes' || files.has(storePaths.clusters)
  if (known !== undefined && (isEnough || known.elements.clusterIds !== undefined)) {
    return { elements: known.elements, checksum: known.source.crc32, isCached: true, unsaved: undefined }
  }
  const { file, modified, mode } = found
  const settled = isSettled(modified, Date.now())
  const checksum = await loadRecords(file, kind, (facts) => builder.add(facts))
  const elements = builder.finish()
  if (!cache?.isWritable) return { elements, checksum, isCached: false, unsaved: undefined }
  const source = { size: file.size, crc32: checksum, version: fileVersion(found), isSettled: settled }
  const unsaved = { elements: copyOfElements(elements), source, mode }
  return { elements, checksum, isCached: false, unsaved }
}
