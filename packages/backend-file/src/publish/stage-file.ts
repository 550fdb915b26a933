import type { FileSystem, OpenFile } from '../disk/file-system.js'
import { type Piece, type WatchBytes, writePieces } from '../disk/pieces.js'
import { randomName } from '../disk/random-name.js'
import { type DataPath, privatePaths } from '../layout/store-paths.js'
import type { CommittedFile } from './commit-record.js'

/** A file in the stage directory, still open. */
export interface StagedFile extends CommittedFile {
  readonly file: OpenFile
}

export interface StageRequest {
  readonly path: DataPath
  readonly pieces: AsyncIterable<Piece> | Iterable<Piece>
  readonly watch: WatchBytes | undefined
  /** Permission bits of the file that it replaces. */
  readonly mode: number | undefined
}

/** Writes a new file into the stage directory; it is not synced yet. On failure it is closed, but not removed. */
export async function stageFile(
  files: FileSystem,
  dataDir: string,
  { path, pieces, watch, mode }: StageRequest,
): Promise<StagedFile> {
  const staged = `${randomName()}-${path.slice(path.lastIndexOf('/') + 1)}`
  const file = await files.open(`${dataDir}/${privatePaths.stage}/${staged}`, 'create', mode ?? 0o666)
  try {
    // What was private stays so, and what was shared stays so: the umask must not decide anew.
    if (mode !== undefined) await file.setMode(mode)
    return { path, staged, file, ...(await writePieces(file, pieces, watch)) }
  } catch (error) {
    await file.close().catch(() => {})
    throw error
  }
}
