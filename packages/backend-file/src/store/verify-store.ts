import { MemoryError, type RecordKind, readEpisode, readNode } from '@holdfast/core'
import { checksumOf } from '../base/check-base.js'
import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { closeJournals, openJournals, readJournals } from '../journal/read-journals.js'
import { privatePaths } from '../layout/store-paths.js'
import { readCommitRecord } from '../publish/commit-record.js'
import { readTexts } from '../records/read-texts.js'
import { vectorBlocks, vectorOf } from '../records/vector-blocks.js'
import type { OpenedBase } from './open-base.js'
import type { ReadableState } from './opened-store.js'

export interface VerifyRequest {
  readonly files: FileSystem
  readonly dataDir: string
  readonly state: ReadableState
  readonly base: OpenedBase['base']
  readonly signal: AbortSignal | undefined
}

/** Problems after which nobody reads on. */
const enough = 100

/** Reads everything a store has and says what is wrong, each with its place. Nothing is wrong when there is nothing. */
export async function verifyStore(request: VerifyRequest): Promise<readonly string[]> {
  const problems: string[] = []
  const note = (error: unknown) => {
    if (!(error instanceof MemoryError)) throw error
    problems.push(error.message)
  }
  await publishedFiles(request, problems).catch(note)
  problems.push(...(await verifyRecords(request)))
  await journals(request).catch(note)
  return problems.slice(0, enough)
}

/** Reads every text and every vector and says what is wrong, each with its place. */
export async function verifyRecords(
  request: Pick<VerifyRequest, 'state' | 'signal'>,
): Promise<readonly string[]> {
  const problems: string[] = []
  const note = (error: unknown) => {
    if (!(error instanceof MemoryError)) throw error
    problems.push(error.message)
  }
  for (const kind of ['nodes', 'episodes'] as const) {
    await texts(request, kind, problems).catch(note)
    await vectors(request, kind).catch(note)
  }
  return problems.slice(0, enough)
}

async function publishedFiles(
  { files, dataDir, base, signal }: VerifyRequest,
  problems: string[],
): Promise<void> {
  const commit = await readCommitRecord(files, dataDir)
  const versionOf = async (name: string) => (await ifPresent(() => files.stat(`${dataDir}/${name}`)))?.version
  for (const [path, { version }] of base.states) {
    if ((await versionOf(path)) === version) continue
    const staged = commit?.files.find((file) => file.path === path)?.staged
    if (staged !== undefined && (await versionOf(`${privatePaths.stage}/${staged}`)) === version) continue
    problems.push(`another program has changed ${path}`)
  }
  for (const [path, file] of base.files) {
    signal?.throwIfAborted()
    const known = base.identity(path)?.crc32 ?? null
    if (known !== null && (await checksumOf(file)) !== known) {
      problems.push(`${path} is damaged: it is not what was last written (checksum)`)
    }
  }
}

async function texts(
  { state, signal }: Pick<VerifyRequest, 'state' | 'signal'>,
  kind: RecordKind,
  problems: string[],
): Promise<void> {
  const { index } = state.collection(kind)
  for await (const batch of readTexts(index, index.all(), signal)) {
    for (const { row, text } of batch) {
      if (problems.length >= enough) return
      const { file, offset } = index.text(row)
      try {
        const { id } = kind === 'nodes' ? readNode(text) : readEpisode(text)
        if (id !== index.id(row))
          problems.push(`${file.path}: byte ${offset} holds ${id}, not ${index.id(row)}`)
      } catch (error) {
        if (!(error instanceof MemoryError)) throw error
        problems.push(`${file.path}: the record at byte ${offset}: ${error.message}`)
      }
    }
  }
}

async function vectors(
  { state, signal }: Pick<VerifyRequest, 'state' | 'signal'>,
  kind: RecordKind,
): Promise<void> {
  const { index } = state.collection(kind)
  for await (const block of vectorBlocks(index, index.all(), signal)) {
    for (let at = 0; at < block.rows.length; at++) vectorOf(block, at)
  }
}

async function journals({ files, dataDir, base }: VerifyRequest): Promise<void> {
  const opened = await openJournals(files, `${dataDir}/${privatePaths.journals}`, base.store)
  try {
    const { damage } = await readJournals(opened, base.sequence, async () => {})
    if (damage) throw damage
  } finally {
    await closeJournals(opened)
  }
}
