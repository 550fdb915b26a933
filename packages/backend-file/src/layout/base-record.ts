import { type EmbeddingModel, MemoryError, maxDimensions } from '@holdfast/core'
import { formatCheckedJson, parseCheckedJson } from './checked-json.js'
import { asObject, parseJsonObject } from './json-file.js'
import type { PositionRuns } from './position-runs.js'
import { type DataPath, isDataPath } from './store-paths.js'
import type { StoreSettings } from './store-settings.js'

const formatVersion = 2

/** What a data file was when we published it, or first saw it. */
export interface FileIdentity {
  readonly size: number
  /** Time of the last change, as the system gives it. A copy of the directory may have another. */
  readonly modified: string
  /** `null` while nobody has read the whole file. */
  readonly crc32: number | null
}

/**
 * `.holdfast/store.json`: what the store knows about itself and the Python system's files do not say. It is published
 * together with them.
 */
export interface BaseRecord {
  /** Hex, 8 random bytes that every journal of the store begins its salt with. `undefined`: no journal was ever begun. */
  readonly store: string | undefined
  readonly settings: StoreSettings
  /** Of the last transaction that the files hold; the journals go on behind it. */
  readonly sequence: number
  /** The highest generation of a journal that was ever in the directory. */
  readonly generation: number
  /** `undefined`: the records have the positions 1, 2, 3 …. */
  readonly positions: { readonly nodes: PositionRuns; readonly episodes: PositionRuns } | undefined
  /** The data files beside this one. What is not listed is not there. */
  readonly files: ReadonlyMap<DataPath, FileIdentity>
}

export function formatBaseRecord({ settings, files, ...rest }: BaseRecord): string {
  return formatCheckedJson(formatVersion, {
    dimensions: settings.dimensions ?? null,
    embeddingModel: settings.embeddingModel ?? null,
    ...rest,
    files: Object.fromEntries(files),
  })
}

/** @returns `files` is `undefined` in a record of the first format, which did not have them. */
export function parseBaseRecord(
  text: string,
  name: string,
): Omit<BaseRecord, 'files'> & { readonly files: BaseRecord['files'] | undefined } {
  const old = parseJsonObject(text, name)
  if (old.format === 1) {
    const settings = settingsOf(old.dimensions, old.embedding_model, name)
    return { store: undefined, settings, sequence: 0, generation: 0, positions: undefined, files: undefined }
  }
  const { store, dimensions, embeddingModel, sequence, generation, positions, files } = parseCheckedJson(
    text,
    name,
    formatVersion,
  )
  if (typeof store !== 'string' || !/^[0-9a-f]{16}$/.test(store)) throw damaged(name)
  return {
    store,
    settings: settingsOf(dimensions, embeddingModel, name),
    sequence: wholeNumber(sequence, name),
    generation: wholeNumber(generation, name),
    positions: positions === undefined ? undefined : positionsOf(asObject(positions, name), name),
    files: filesOf(asObject(files, name), name),
  }
}

function settingsOf(dimensions: unknown, model: unknown, name: string): StoreSettings {
  return {
    dimensions: dimensions === null ? undefined : dimensionsOf(dimensions, name),
    embeddingModel: model === null ? undefined : modelOf(asObject(model, `${name}: embedding model`), name),
  }
}

function modelOf(value: Readonly<Record<string, unknown>>, name: string): EmbeddingModel {
  const { provider, model, dimensions } = value
  if (typeof provider !== 'string' || typeof model !== 'string') {
    throw new MemoryError('CORRUPT', `${name} has an embedding model without provider or model`)
  }
  return { provider, model, dimensions: dimensionsOf(dimensions, name) }
}

function dimensionsOf(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxDimensions)
    return value
  throw new MemoryError('CORRUPT', `${name} has impossible dimensions`)
}

function positionsOf(value: Readonly<Record<string, unknown>>, name: string) {
  const runs = (kind: string): PositionRuns => {
    const { last, runs: list } = asObject(value[kind], name)
    if (!Array.isArray(list)) throw damaged(name)
    const pairs = list.map((item: unknown) => {
      if (!Array.isArray(item) || item.length !== 2) throw damaged(name)
      return [wholeNumber(item[0], name), wholeNumber(item[1], name)] as const
    })
    return { last: wholeNumber(last, name), runs: pairs }
  }
  return { nodes: runs('nodes'), episodes: runs('episodes') }
}

function filesOf(value: Readonly<Record<string, unknown>>, name: string): BaseRecord['files'] {
  const files = new Map<DataPath, FileIdentity>()
  for (const [path, item] of Object.entries(value)) {
    const { size, modified, crc32 } = asObject(item, name)
    if (!isDataPath(path) || typeof modified !== 'string') throw damaged(name)
    files.set(path, {
      size: wholeNumber(size, name),
      modified,
      crc32: crc32 === null ? null : wholeNumber(crc32, name),
    })
  }
  return files
}

function wholeNumber(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw damaged(name)
}

function damaged(name: string): MemoryError {
  return new MemoryError('CORRUPT', `${name} is damaged`)
}
