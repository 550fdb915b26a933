import type { FileFacts } from '../disk/file-system.js'
import { randomName } from '../disk/random-name.js'
import type { DataPath } from '../layout/store-paths.js'
import type { CommitRecord, CommittedFile } from './commit-record.js'
import type { StagedFile } from './stage-file.js'

/** @param before the files that are replaced, as they are. */
export async function commitRecordOf(
  staged: readonly StagedFile[],
  before: ReadonlyMap<DataPath, FileFacts>,
): Promise<CommitRecord> {
  const files: CommittedFile[] = []
  for (const { path, staged: name, size, crc32, file } of staged) {
    const { modified } = await file.stat()
    const old = before.get(path)
    const replaced = old === undefined ? null : { size: old.size, modified: old.modified }
    files.push({ path, staged: name, size, crc32, modified, before: replaced })
  }
  return { id: randomName(), files }
}
