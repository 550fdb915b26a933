import { MemoryError } from '@holdfast/core'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { StoredFile } from '../disk/stored-file.js'
import { formatCheckedJson, parseCheckedJson } from '../layout/checked-json.js'
import { asObject, readText } from '../layout/json-file.js'
import { type DataPath, isDataPath, privatePaths } from '../layout/store-paths.js'

/** A file that a commit puts in place. */
export interface CommittedFile {
  readonly path: DataPath
  /** Its name in the stage directory until then. */
  readonly staged: string
  readonly size: number
  readonly crc32: number
  /** Time of its last change. As `before`, `undefined` in the records of earlier versions. */
  readonly modified?: string
  /** The file that it replaces; `null` for none. */
  readonly before?: { readonly size: number; readonly modified: string } | null
}

/**
 * The one small file whose appearance makes a write happen: from then on the staged files are the store's, whether
 * they have been renamed into place already or not.
 */
export interface CommitRecord {
  readonly id: string
  readonly files: readonly CommittedFile[]
}

export function formatCommitRecord(record: CommitRecord): string {
  return formatCheckedJson(1, record)
}

/**
 * The commit that is being put in place, if there is one.
 * @throws {MemoryError} `CORRUPT` when there is a record that we did not write like that.
 */
export async function readCommitRecord(
  files: FileSystem,
  dataDir: string,
): Promise<CommitRecord | undefined> {
  const path = `${dataDir}/${privatePaths.commit}`
  const opened = await onDisk(privatePaths.commit, () => ifPresent(() => files.open(path, 'read')))
  if (opened === undefined) return undefined
  try {
    const { size } = await onDisk(privatePaths.commit, () => opened.stat())
    const text = await readText(new StoredFile(privatePaths.commit, size, opened))
    return parse(parseCheckedJson(text, privatePaths.commit, 1))
  } finally {
    await opened.close()
  }
}

function parse(record: Readonly<Record<string, unknown>>): CommitRecord {
  const damaged = () => new MemoryError('CORRUPT', `${privatePaths.commit} is damaged`)
  if (typeof record.id !== 'string' || !Array.isArray(record.files)) throw damaged()
  const committed = record.files.map((item: unknown): CommittedFile => {
    const { path, staged, size, crc32: sum, modified, before } = asObject(item, privatePaths.commit)
    if (!isDataPath(path) || typeof staged !== 'string' || !/^[\w.-]+$/.test(staged)) throw damaged()
    if (typeof size !== 'number' || typeof sum !== 'number') throw damaged()
    const file = { path, staged, size, crc32: sum }
    if (modified === undefined || before === undefined) return file
    if (typeof modified !== 'string') throw damaged()
    if (before === null) return { ...file, modified, before }
    const old = asObject(before, privatePaths.commit)
    if (typeof old.size !== 'number' || typeof old.modified !== 'string') throw damaged()
    return { ...file, modified, before: { size: old.size, modified: old.modified } }
  })
  return { id: record.id, files: committed }
}
