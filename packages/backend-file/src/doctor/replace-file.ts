import { ifPresent, onDisk } from '../disk/disk-failure.js'
import { makeDirectory } from '../disk/make-path.js'
import { type Piece, writePieces } from '../disk/pieces.js'
import { randomName } from '../disk/random-name.js'
import { privatePaths } from '../layout/store-paths.js'
import type { RepairContext } from './repair-context.js'

/** Gives a file another content, all at once and durably. @param path relative to the data directory. */
export async function replaceFile(
  { files, dataDir, assertLocked }: RepairContext,
  path: string,
  pieces: Iterable<Piece>,
): Promise<void> {
  await onDisk(`${path} cannot be replaced`, async () => {
    const target = `${dataDir}/${path}`
    const mode = (await ifPresent(() => files.stat(target)))?.mode
    await makeDirectory(files, `${dataDir}/${privatePaths.stage}`)
    // The next open removes it when this comes to nothing.
    const staged = `${dataDir}/${privatePaths.stage}/${randomName()}-${nameOf(path)}`
    const file = await files.open(staged, 'create', mode ?? 0o666)
    try {
      if (mode !== undefined) await file.setMode(mode)
      await writePieces(file, pieces)
      await file.sync()
    } finally {
      await file.close()
    }
    await assertLocked()
    await files.rename(staged, target)
    await files.syncDirectory(target.slice(0, target.lastIndexOf('/')))
  })
}

/** Removes a file, durably. @param path relative to the data directory; it may be absent. */
export async function removeFile(
  { files, dataDir, assertLocked }: RepairContext,
  path: string,
): Promise<void> {
  await onDisk(`${path} cannot be removed`, async () => {
    const target = `${dataDir}/${path}`
    await assertLocked()
    await ifPresent(() => files.unlink(target))
    await files.syncDirectory(target.slice(0, target.lastIndexOf('/')))
  })
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
