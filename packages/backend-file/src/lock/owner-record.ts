import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem, OpenFile } from '../disk/file-system.js'
import { writeFully } from '../disk/pieces.js'
import { StoredFile } from '../disk/stored-file.js'
import { parseJsonObject } from '../layout/json-file.js'
import type { ProcessIdentity } from './process-identity.js'

/** Who writes to a store, as written into it. */
export interface OwnerRecord extends ProcessIdentity {
  /** Different for every open. */
  readonly nonce: string
  /** Whether its writer holds the kernel lock beside it, so that losing that lock proves its end. */
  readonly hasKernelLock: boolean
}

/** `undefined`: there is no such file. `damaged`: there is one, but nobody can tell whose. */
export async function readOwnerRecord(
  files: FileSystem,
  path: string,
): Promise<OwnerRecord | 'damaged' | undefined> {
  const opened = await ifPresent(() => files.open(path, 'read'))
  if (opened === undefined) return undefined
  try {
    return (await parseOwnerFile(path, opened)).record
  } finally {
    await opened.close()
  }
}

/** @returns also the version that the file had before it was read. */
export async function parseOwnerFile(
  path: string,
  opened: OpenFile,
): Promise<{ readonly record: OwnerRecord | 'damaged'; readonly version: string }> {
  const { size, version } = await opened.stat()
  const content = await new StoredFile(path, Math.min(size, 4096), opened).readAll()
  return { record: parse(Buffer.from(content).toString('utf8')), version }
}

/**
 * Writes a record into a new file.
 * @param check called between making the file and writing into it; when it rejects the file stays empty.
 * @returns the version of the file.
 */
export async function writeOwnerRecord(
  files: FileSystem,
  path: string,
  record: OwnerRecord,
  check?: () => Promise<unknown>,
): Promise<string> {
  const file = await files.open(path, 'create')
  try {
    await check?.()
    await writeFully(file, Buffer.from(`${JSON.stringify(record)}\n`), 0)
    // After a power cut a name may be there without its content. Only the kernel lock can prove that to be old.
    if (!record.hasKernelLock) await file.sync()
    return (await file.stat()).version
  } finally {
    await file.close()
  }
}

function parse(text: string): OwnerRecord | 'damaged' {
  try {
    const value = parseJsonObject(text, 'owner')
    const { nonce, pid, host, startTime, bootId, pidNamespace, hasKernelLock } = value
    if (
      typeof nonce !== 'string' ||
      // It becomes part of a file's name.
      !/^\w{1,64}$/.test(nonce) ||
      typeof pid !== 'number' ||
      !Number.isSafeInteger(pid) ||
      pid <= 0 ||
      typeof host !== 'string'
    )
      return 'damaged'
    return {
      nonce,
      pid,
      host,
      startTime: textOrNull(startTime),
      bootId: textOrNull(bootId),
      pidNamespace: textOrNull(pidNamespace),
      hasKernelLock: hasKernelLock === true,
    }
  } catch {
    return 'damaged'
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
