import { type ErrorCode, MemoryError } from '@holdfast/core'
import type { FileBackend } from '../../src/index.js'
import { privatePaths } from '../../src/layout/store-paths.js'
import { copyTree, type DiskDirectory, type DiskFile } from '../simulated-disk/disk-nodes.js'
import { PagedBytes } from '../simulated-disk/paged-bytes.js'
import { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { filesOf, imageOf } from './disk-image.js'
import { publishedText, publishedTextOf } from './published-files.js'
import { dataDir, openSimulated } from './simulated-store.js'
import { storeText } from './store-text.js'
import { unexpected } from './verify-crash.js'

/** A store on a disk, and what it may show when a part of it is damaged. */
export interface StoreOnDisk {
  /** As of the environment. */
  readonly smallTexts?: number
  readonly root: DiskDirectory
  /** Its states from the published one on; the last one is what it shows when it is whole. */
  readonly states: readonly string[]
  readonly bootId: string
  /** Whether a writer may find that somebody else seems to write: only the owner file can say that. */
  readonly mayBeLocked?: boolean
}

/** What somebody, or the medium, has done to one file. */
export interface FileDamage {
  readonly path: string
  readonly content: Uint8Array
  /** Whether the file says that it was changed: a program that writes changes the time, a medium that fails does not. */
  readonly isDated: boolean
}

/** How a store took it. `seen by verify`: it shows all that it should, and `verify` says what is wrong. */
export type DamageOutcome = 'whole' | 'seen by verify' | 'shorter' | 'read as it is' | ErrorCode

/** What an open, or a read, may say of damage. */
const typed: ReadonlySet<ErrorCode> = new Set([
  'CORRUPT',
  'FOREIGN_BASE',
  'SCHEMA_AHEAD',
  'NOT_SUPPORTED',
  'LOCKED',
])

/** The same disk with the damage. */
export function damaged(root: DiskDirectory, damages: readonly FileDamage[]): DiskDirectory {
  const copy = copyTree(root)
  const files = filesOf(copy)
  for (const { path, content, isDated } of damages) {
    const file = files.get(path)
    if (file === undefined) throw new RangeError(`there is no ${path}`)
    file.current = file.durable = PagedBytes.empty.write(content, 0)
    if (isDated) file.version += 1
  }
  return copy
}

/**
 * Opens a damaged store to be read.
 * @throws {Error} when it shows anything but one of its states, or fails in another way than it should.
 */
export async function readDamaged(
  { states, bootId, smallTexts = 2 ** 20 }: StoreOnDisk,
  root: DiskDirectory,
): Promise<DamageOutcome> {
  const disk = new SimulatedDisk({ root })
  const { revision } = disk.tree
  const outcome = await attempt(states, async () => {
    const backend = await openSimulated(disk, { bootId, smallTexts }, { readOnly: true })
    try {
      return await textAndProblems(backend)
    } finally {
      await backend.close()
    }
  })
  if (disk.tree.revision !== revision) throw new Error('a reader changed the disk')
  if (disk.openFiles.length > 0) throw new Error(`a reader left open: ${disk.openFiles.join(', ')}`)
  if (typeof outcome === 'string') return outcome
  // What another program wrote is read as it is, where no journal builds on something else.
  const isJournaled = [...filesOf(root).keys()].some((path) => path.endsWith('.log'))
  if (!isJournaled && publishedText(root, { isOurs: false }) === publishedTextOf(outcome.other))
    return 'read as it is'
  throw unexpected('a reader', outcome.other, states.slice(-1))
}

/**
 * Opens a damaged store to be written to.
 * @throws {Error} as {@link readDamaged}; when an open that was refused has changed the disk, and when anything is lost
 * by one after which a read was refused.
 */
export async function openDamaged(store: StoreOnDisk, root: DiskDirectory): Promise<DamageOutcome> {
  const { states, bootId, smallTexts = 2 ** 20, mayBeLocked = false } = store
  const disk = new SimulatedDisk({ root })
  const before = withoutOwner(root)
  const sound = soundFiles(store.root, root)
  let isOpened = false
  const outcome = await attempt(states, async () => {
    const backend = await openSimulated(disk, { bootId, smallTexts })
    isOpened = true
    try {
      return await textAndProblems(backend)
    } finally {
      // What cannot be read cannot be published either.
      await backend.close().catch((error: unknown) => {
        if (!(error instanceof MemoryError && error.code === 'CORRUPT')) throw error
      })
    }
  })
  if (outcome === 'LOCKED' && !mayBeLocked) throw new Error('it says that somebody else writes')
  if (typeof outcome !== 'string') throw unexpected('the writer', outcome.other, states.slice(-1))
  if (disk.openFiles.length > 0) throw new Error(`the writer left open: ${disk.openFiles.join(', ')}`)
  if (outcome === 'whole' || outcome === 'seen by verify' || outcome === 'shorter') return outcome
  if (isOpened) {
    await requireNothingLost(store, disk, sound)
    return outcome
  }
  // A commit that was made is put in place first.
  if (before.includes(privatePaths.commit)) return outcome
  const after = withoutOwner(root)
  if (after !== before) throw new Error(`it was refused, and yet the disk is\n${after}\nand was\n${before}`)
  return outcome
}

async function textAndProblems(backend: FileBackend) {
  const text = await storeText(backend)
  return { text, problems: (await backend.admin.verify()).problems.length }
}

/** Files that are damaged: what they are now, and what they were. */
type SoundFiles = ReadonlyMap<string, { readonly damaged: PagedBytes; readonly sound: DiskFile }>

function soundFiles(before: DiskDirectory, root: DiskDirectory): SoundFiles {
  const originals = filesOf(before)
  const found = new Map<string, { readonly damaged: PagedBytes; readonly sound: DiskFile }>()
  for (const [path, { current }] of filesOf(root)) {
    const sound = originals.get(path)
    if (sound !== undefined && sound.current !== current) found.set(path, { damaged: current, sound })
  }
  return found
}

/** Lets the medium give again what was written where it still has what it gave instead, and opens the store. */
async function requireNothingLost(
  { states }: StoreOnDisk,
  disk: SimulatedDisk,
  sound: SoundFiles,
): Promise<void> {
  for (const [path, file] of filesOf(disk.tree.root)) {
    const original = sound.get(path)
    if (original === undefined || file.current !== original.damaged) continue
    file.current = file.durable = original.sound.current
    file.version = original.sound.version
  }
  const backend = await openSimulated(disk, { bootId: 'later' })
  const text = await storeText(backend)
  await backend.close()
  // An end of a journal may have been cut off.
  const isJournalCut = [...sound.keys()].some((path) => path.includes('/journal/'))
  if (text === states.at(-1) || (isJournalCut && states.includes(text))) return
  throw unexpected('the writer, when the damage was gone again,', text, states)
}

/** The image of a disk but for the file of a process that has ended, which anybody may remove. */
function withoutOwner(root: DiskDirectory): string {
  return imageOf(root)
    .split('\n')
    .filter((line) => !line.startsWith(`${dataDir}/${privatePaths.owner}`))
    .join('\n')
}

async function attempt(
  states: readonly string[],
  open: () => Promise<{ readonly text: string; readonly problems: number }>,
): Promise<DamageOutcome | { readonly other: string }> {
  try {
    const { text, problems } = await open()
    if (text === states.at(-1)) return problems > 0 ? 'seen by verify' : 'whole'
    return states.includes(text) ? 'shorter' : { other: text }
  } catch (error) {
    if (error instanceof MemoryError && typed.has(error.code)) return error.code
    throw error
  }
}

/** All files of a store with their content. */
export function contentsOf(root: DiskDirectory): ReadonlyMap<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>()
  for (const [path, { current }] of filesOf(root)) {
    if (path.startsWith(`${dataDir}/.holdfast/copy/`)) continue
    contents.set(path, current.all())
  }
  return contents
}
