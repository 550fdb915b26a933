import { type EmbeddingModel, formatPythonJson, MemoryError, maxDimensions } from '@holdfast/core'
import { asObject, parseJsonObject } from './json-file.js'

const formatVersion = 1

/** What the store knows about itself and Python's files do not say. */
export interface StoreSettings {
  /** `undefined`: no vector and no option has decided yet; the matrices then hold zeros only. */
  readonly dimensions: number | undefined
  readonly embeddingModel: EmbeddingModel | undefined
}

/** @throws {MemoryError} `CORRUPT`; `SCHEMA_AHEAD` for a file of a later version. */
export function parseSettings(text: string, name: string): StoreSettings {
  const value = parseJsonObject(text, name)
  if (Number.isInteger(value.format) && Number(value.format) > formatVersion) {
    throw new MemoryError('SCHEMA_AHEAD', `${name} has format ${value.format}; ${formatVersion} is known`)
  }
  if (value.format !== formatVersion) throw new MemoryError('CORRUPT', `${name} has no known format`)
  const { dimensions, embedding_model: model } = value
  return {
    dimensions: dimensions === null ? undefined : dimensionsOf(dimensions, name),
    embeddingModel: model === null ? undefined : modelOf(asObject(model, `${name}: embedding_model`), name),
  }
}

export function formatSettings({ dimensions, embeddingModel }: StoreSettings): string {
  return formatPythonJson({
    format: formatVersion,
    dimensions: dimensions ?? null,
    embedding_model: embeddingModel === undefined ? null : { ...embeddingModel },
  })
}

function modelOf(value: Readonly<Record<string, unknown>>, name: string): EmbeddingModel {
  const { provider, model, dimensions } = value
  if (typeof provider !== 'string' || typeof model !== 'string') {
    throw new MemoryError('CORRUPT', `${name} has an embedding_model without provider or model`)
  }
  return { provider, model, dimensions: dimensionsOf(dimensions, name) }
}

function dimensionsOf(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxDimensions)
    return value
  throw new MemoryError('CORRUPT', `${name} has impossible dimensions`)
}
