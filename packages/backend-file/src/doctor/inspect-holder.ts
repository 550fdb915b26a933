import { onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { privatePaths } from '../layout/store-paths.js'
import { readOwnerRecord } from '../lock/owner-record.js'
import { mayBeAlive, ownIdentity } from '../lock/process-identity.js'
import type { HolderReport } from './directory-report.js'
import { type Finding, finding } from './finding.js'

/** Finds out who holds the lock, without asking for it. */
export async function inspectHolder(
  files: FileSystem,
  dataDir: string,
): Promise<{ readonly holder?: HolderReport; readonly findings: readonly Finding[] }> {
  const place = privatePaths.owner
  const owner = await onDisk(place, () => readOwnerRecord(files, `${dataDir}/${place}`))
  if (owner === undefined) return { findings: [] }
  if (owner === 'damaged') {
    const message =
      'nobody can tell which process it names; where the kernel has locks the next open finds out, ' +
      'elsewhere remove the file by hand when no process writes here'
    return { findings: [finding('OWNER_DAMAGED', place, message, 'next open')] }
  }
  const { pid, host, hasKernelLock } = owner
  const isAlive = await mayBeAlive(owner, await ownIdentity())
  const holder = { pid, host, isAlive, hasKernelLock }
  const who = `process ${pid} on ${host}`
  return {
    holder,
    findings: [
      isAlive
        ? finding('WRITER_ACTIVE', place, `${who} has the store open for writing`)
        : finding('OWNER_LEFT', place, `${who} has ended without closing the store`, 'next open'),
    ],
  }
}
