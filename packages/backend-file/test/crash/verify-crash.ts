import { MemoryError } from '@holdfast/core'
import type { FileSystem } from '../../src/disk/file-system.js'
import type { Durability } from '../../src/journal/durability.js'
import type { DiskDirectory } from '../simulated-disk/disk-nodes.js'
import { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { type CrashPoint, CrashRecorder } from './crash-recorder.js'
import { filesOf } from './disk-image.js'
import { mortalProcess } from './mortal-process.js'
import { publishedText, publishedTextOf } from './published-files.js'
import { dataDir, openSimulated } from './simulated-store.js'
import type { StateBook } from './state-book.js'
import { emptyText, storeText } from './store-text.js'
import type { Write } from './tiny-writes.js'

/** Lists of commits of which one must be what a store shows. */
export type Allowed = readonly (readonly number[])[]

/** What may be found after a crash at some moment. */
export interface AllowedStates {
  readonly afterKill: Allowed
  readonly afterPowerCut: Allowed
}

export interface CrashedStore {
  /** The disk after the crash. It is changed. */
  readonly root: DiskDirectory
  readonly allowed: Allowed
  /** What may be found when there is a power cut before it is open again. */
  readonly allowedAfterPowerCut: Allowed
  /** The start of the machine after the crash; that of before it when only the process has ended. */
  readonly bootId: string
  /** A write that goes on afterwards. */
  readonly next: { readonly commit: number; readonly write: Write }
  readonly variant: Variant
}

/**
 * What happens after the store was opened again. `stop`: one more write. `close`: that, and the store is closed.
 * `reopen`: it is closed at once, and opened once more. `kill`: as `stop`, and it is opened once more.
 */
export type Variant = 'stop' | 'close' | 'reopen' | 'kill'

/** The one that costs least half of the time. */
export function variantOf(number: number): Variant {
  return (['stop', 'close', 'stop', 'reopen', 'stop', 'kill'] as const)[number % 6] ?? 'stop'
}

export interface VerifyOptions {
  readonly book: StateBook
  readonly durability: Durability
  readonly smallJournal: number
  readonly smallTexts?: number
  readonly through: (disk: FileSystem) => FileSystem
  /** Whether each call of the recovery is to be kept as a place for another crash. */
  readonly records?: boolean
}

/**
 * Opens a store after a crash, to be read and then to be written to, goes on with it, and opens it again.
 * @returns the places of another crash on the way.
 * @throws {Error} what is wrong.
 */
export async function verifyCrash(
  { root, allowed, allowedAfterPowerCut, bootId, next, variant }: CrashedStore,
  { book, durability, smallJournal, smallTexts = 2 ** 20, through, records = false }: VerifyOptions,
): Promise<readonly CrashPoint<AllowedStates>[]> {
  const disk = new SimulatedDisk({ root })
  const world = { bootId, smallJournal, smallTexts }
  const texts = await Promise.all(allowed.map((commits) => book.after(commits)))
  requirePublished(root, book)

  const shown = await readOnly(disk, through, bootId)
  const shownAt = texts.indexOf(shown)
  if (shownAt < 0) throw unexpected('a reader', shown, texts)

  let moment: AllowedStates = { afterKill: allowed, afterPowerCut: allowedAfterPowerCut }
  let revision = 0
  const know = (known: AllowedStates) => {
    moment = known
    revision += 1
  }
  const recorder = records
    ? new CrashRecorder(disk, () => ({ revision: `${revision}`, take: () => moment }))
    : undefined
  const process = mortalProcess(through(disk))
  const backend = await openSimulated(process.files, world, { durability })
  const recovered = await storeText(backend)
  // Where commits change nothing that is shown, any number of them may have happened.
  let found = allowed.filter((_, index) => texts[index] === recovered)
  if (found.length === 0) throw unexpected('the writer', recovered, texts)
  if (texts.lastIndexOf(recovered) < shownAt) {
    throw new Error(`a reader showed ${shown}, and the writer after it ${recovered}`)
  }
  know({ afterKill: found, afterPowerCut: found })
  if (variant !== 'reopen') {
    const extended = found.map((commits) => [...commits, next.commit])
    know({ afterKill: [...found, ...extended], afterPowerCut: [...found, ...extended] })
    await next.write(backend)
    know({ afterKill: extended, afterPowerCut: durability === 'full' ? extended : [...found, ...extended] })
    found = extended
  }
  const expected = new Set(await Promise.all(found.map((commits) => book.after(commits))))
  const now = await storeText(backend)
  if (!expected.has(now)) throw unexpected('the writer after one more write', now, [...expected])
  if (variant === 'stop') {
    process.kill()
    recorder?.finish()
    return recorder?.points ?? []
  }
  if (variant === 'kill') {
    process.kill()
    const seen = await readOnly(disk, through, bootId)
    if (!expected.has(seen)) throw unexpected('a reader after the writer was killed', seen, [...expected])
  } else await backend.close()

  if (variant !== 'close') {
    const again = await openSimulated(through(disk), world, { durability })
    const text = await storeText(again)
    await again.close()
    if (!expected.has(text)) throw unexpected('the writer, opened again,', text, [...expected])
  }
  recorder?.finish()
  if (variant !== 'close') {
    const last = await readOnly(disk, through, 'later')
    if (!expected.has(last)) throw unexpected('a reader at the end', last, [...expected])
  }
  requireClean(disk)
  if (publishedText(root) !== publishedTextOf(now)) {
    throw new Error(`published is ${publishedText(root)}, shown was ${now}`)
  }
  return recorder?.points ?? []
}

async function readOnly(
  disk: SimulatedDisk,
  through: VerifyOptions['through'],
  bootId: string,
): Promise<string> {
  const { revision } = disk.tree
  const open = disk.openFiles.length
  let text: string
  try {
    const backend = await openSimulated(through(disk), { bootId }, { readOnly: true })
    text = await storeText(backend)
    await backend.close()
  } catch (error) {
    if (!isMissing(error)) throw error
    text = emptyText
  }
  if (disk.tree.revision !== revision) throw new Error('a reader changed the disk')
  // What a killed process was opening may only be closed by now.
  if (disk.openFiles.length > open) throw new Error(`a reader left open: ${disk.openFiles.join(', ')}`)
  return text
}

/** Where nothing was ever written there is no store to be read. */
function isMissing(error: unknown): boolean {
  return error instanceof MemoryError && error.code === 'CONNECTION' && /^there is no /.test(error.message)
}

function requirePublished(root: DiskDirectory, book: StateBook): void {
  const text = publishedText(root)
  if (text === undefined || text === '' || book.mayBePublished(text)) return
  throw new Error(`the published files are of no state: ${text}`)
}

/** Names that may be there when a store is closed. */
const lasting =
  /^(corpus|vectors|indexes|manifest\.json|\.holdfast\/(store\.json|copy\/|quarantine\/|cache\/(nodes|episodes)\.index$))/

/** Nothing is open, and nothing is left of what was under way. @throws {Error} */
export function requireClean(disk: SimulatedDisk): void {
  if (disk.openFiles.length > 0) throw new Error(`left open: ${disk.openFiles.join(', ')}`)
  const left = [...filesOf(disk.tree.root).keys()]
    .map((path) => path.slice(dataDir.length + 1))
    .filter((path) => !lasting.test(path) || /\.(new|tmp|holdfast|claim)$/.test(path))
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`)
}

export function unexpected(who: string, text: string, allowed: readonly string[]): Error {
  const lines = text.split('\n')
  const differences = allowed.map((expected) => {
    const [found, wanted] = [new Set(lines), new Set(expected.split('\n'))]
    const more = lines.filter((line) => !wanted.has(line))
    const missing = [...wanted].filter((line) => !found.has(line))
    return `more:\n${more.join('\n')}\nmissing:\n${missing.join('\n')}`
  })
  return new Error(
    `${who} showed no state that is allowed; it had, in comparison,\n${differences.join('\nor\n')}`,
  )
}
