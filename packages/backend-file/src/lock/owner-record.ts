import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
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
    const { size } = await opened.stat()
    const content = await new StoredFile(path, Math.min(size, 4096), opened).readAll()
    return parse(Buffer.from(content).toString('utf8'))
  } finally {
    await opened.close()
  }
}

function parse(text: string): OwnerRecord | 'damaged' {
  try {
    const value = parseJsonObject(text, 'owner')
    const { nonce, pid, host, startTime, bootId, pidNamespace, hasKernelLock } = value
    if (
      typeof nonce !== 'string' ||
      !/^\w+$/.test(nonce) ||
      typeof pid !== 'number' ||
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
