import { dirname } from 'node:path'
import { ifPresent, linksUnavailable, systemCode } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { makeDirectory } from '../disk/make-path.js'
import { randomName } from '../disk/random-name.js'
import { type OwnerRecord, parseOwnerFile, readOwnerRecord, writeOwnerRecord } from './owner-record.js'
import { mayBeAlive } from './process-identity.js'

const maxAttempts = 100

/** A process that wants its record to have a name. */
export interface Candidate {
  readonly files: FileSystem
  /** The owner file; claims and temporary files lie beside it, with longer names. */
  readonly base: string
  readonly own: OwnerRecord
  /** Whether other machines may use the directory, of whose kernel locks ours may know nothing. */
  readonly isOnNetwork: boolean
}

/** What stands in the way: a process that may be alive, a file that tells nothing, or too many others at once. */
export type Obstacle =
  | { readonly kind: 'process'; readonly pid: number; readonly host: string }
  | { readonly kind: 'damaged'; readonly path: string }
  | { readonly kind: 'crowd' }

/**
 * Gives our record a name that nobody alive has.
 *
 * A dead holder's file is replaced by whoever holds the claim on it, a file of the same kind that is named after that
 * very record. Nobody else touches the dead record meanwhile, and it is looked at again once the claim is held; so two
 * that found the same holder dead cannot both follow it, and there is no moment without a file for a third to use.
 * @returns the version of our file.
 */
export async function takeName(candidate: Candidate, path: string): Promise<string | Obstacle> {
  const { files, base } = candidate
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    // Looked at first, so that whoever is refused has not written anything.
    const found = await readOwnerRecord(files, path)
    if (found === undefined) await makeDirectory(files, dirname(base))
    const outcome = await (found === undefined
      ? create(candidate, path)
      : found === 'damaged'
        ? followUnknown(candidate, path)
        : follow(candidate, path, found))
    if (outcome !== undefined) return outcome
  }
  return { kind: 'crowd' }
}

/** @returns `undefined` when the name is no longer what it was. */
async function follow(
  candidate: Candidate,
  path: string,
  found: OwnerRecord,
): Promise<string | Obstacle | undefined> {
  const { files, base } = candidate
  if (!(await isOver(candidate, found))) return processOf(found)
  const claim = `${base}.${found.nonce}.claim`
  const claimed = await takeName(candidate, claim)
  if (typeof claimed !== 'string') return claimed
  try {
    const now = await readOwnerRecord(files, path)
    if (now === undefined || now === 'damaged' || now.nonce !== found.nonce) return undefined
    return await replace(candidate, path)
  } finally {
    await sweep(files, claim)
  }
}

/**
 * Nobody can tell whose a damaged file is, nor name a claim after it, so that it counts for ever, except for the holder
 * of the kernel lock: it is the only one that follows such files. On a file system without links somebody may be
 * writing it right now; who does has a temporary file beside it.
 * @returns `undefined` when the name is no longer what it was.
 */
async function followUnknown(candidate: Candidate, path: string): Promise<string | Obstacle | undefined> {
  const { files, own, isOnNetwork } = candidate
  if (!own.hasKernelLock || isOnNetwork) return { kind: 'damaged', path }
  const opened = await ifPresent(() => files.open(path, 'read'))
  if (opened === undefined) return undefined
  try {
    const { record, version } = await parseOwnerFile(path, opened)
    if (record !== 'damaged') return undefined
    const writer = await livingWriter(candidate)
    if (writer !== undefined) return processOf(writer)
    // It is the same file, and not another one that somebody has begun meanwhile: as long as it is open, no other can
    // be given its inode.
    const facts = await ifPresent(() => files.stat(path))
    if (facts?.version !== version) return undefined
  } finally {
    await opened.close()
  }
  return replace(candidate, path)
}

/** A process that may be giving its record a name. */
async function livingWriter(candidate: Candidate): Promise<OwnerRecord | undefined> {
  const { files, base } = candidate
  const directory = dirname(base)
  for (const name of (await ifPresent(() => files.readdir(directory))) ?? []) {
    const path = `${directory}/${name}`
    if (!path.startsWith(`${base}.`) || !name.endsWith('.tmp')) continue
    const record = await readOwnerRecord(files, path)
    // Without a complete one nobody goes on to the name.
    if (record === undefined || record === 'damaged') continue
    if (!(await isOver(candidate, record))) return record
  }
  return undefined
}

/** Whether whoever wrote a record has ended. */
async function isOver({ own, isOnNetwork }: Candidate, found: OwnerRecord): Promise<boolean> {
  const isSameKernel = found.bootId !== null && found.bootId === own.bootId
  // Who has the kernel lock would not have got it from a living holder of it.
  const isProven = own.hasKernelLock && found.hasKernelLock && (!isOnNetwork || isSameKernel)
  return isProven || !(await mayBeAlive(found, own))
}

/** @returns `undefined` when the name is taken, or the directory has just been removed by a holder that left. */
function create(candidate: Candidate, path: string): Promise<string | undefined> {
  const { files, own } = candidate
  return withTemporary(candidate, path, async (temporary, version) => {
    try {
      await files.link(temporary, path)
      return version
    } catch (error) {
      if (!linksUnavailable.has(systemCode(error) ?? '')) throw error
      // What stands at the name is damaged until it is complete. The temporary file says that somebody is at it; a new
      // holder may have swept it away, and then this must come to nothing.
      return writeOwnerRecord(files, path, own, () => files.stat(temporary))
    }
  })
}

/** @returns `undefined` when a new holder has swept all this away. */
function replace(candidate: Candidate, path: string): Promise<string | undefined> {
  return withTemporary(candidate, path, async (temporary, version) => {
    await candidate.files.rename(temporary, path)
    return version
  })
}

/** Makes our record and lets it be given a name. @returns `undefined` when that name is taken or has no directory. */
async function withTemporary(
  { files, base, own }: Candidate,
  path: string,
  use: (temporary: string, version: string) => Promise<string>,
): Promise<string | undefined> {
  const temporary = `${base}.${randomName()}.tmp`
  try {
    const version = await writeOwnerRecord(files, temporary, own)
    return await use(temporary, version)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST' || code === 'ENOENT') return undefined
    // The call may have done its work all the same, and as long as we live nobody else could remove the name.
    const found = await readOwnerRecord(files, path).catch(() => undefined)
    if (found !== undefined && found !== 'damaged' && found.nonce === own.nonce) await sweep(files, path)
    throw error
  } finally {
    await sweep(files, temporary)
  }
}

/** What cannot be removed now has no bearing on who got the name, and goes when the store is next opened. */
async function sweep(files: FileSystem, path: string): Promise<void> {
  await files.unlink(path).catch(() => {})
}

function processOf({ pid, host }: OwnerRecord): Obstacle {
  return { kind: 'process', pid, host }
}
