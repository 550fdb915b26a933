import { type EmbeddingModel, MemoryError } from '@holdfast/core'
import { adminAccess } from './connection/access.js'
import type { Session } from './connection/session.js'
import { textOf } from './connection/session.js'
import type { Store } from './store.js'

/** Key in the table `setting`. */
const settingName = 'embedding_model'

/** The model that the settings of a store name. */
export function storedModel(settings: ReadonlyMap<string, string>): EmbeddingModel | undefined {
  const text = settings.get(settingName)
  return text === undefined ? undefined : parseModel(text)
}

/**
 * @throws {MemoryError} `EMBEDDING_MISMATCH` when they differ; `DIMENSION_MISMATCH` when the store knows no model yet
 * and this one's vectors do not fit it.
 */
export function checkModel(
  wanted: EmbeddingModel,
  stored: EmbeddingModel | undefined,
  dimensions: number,
): void {
  if (stored !== undefined) {
    const same = (['provider', 'model', 'dimensions'] as const).every((key) => stored[key] === wanted[key])
    if (same) return
    throw new MemoryError(
      'EMBEDDING_MISMATCH',
      `the store was written with ${nameOf(stored)}, not with ${nameOf(wanted)}`,
    )
  }
  if (wanted.dimensions !== dimensions) {
    throw new MemoryError(
      'DIMENSION_MISMATCH',
      `the embedding model is ${nameOf(wanted)}, the store has ${dimensions} dimensions`,
    )
  }
}

/** Names the model of a store, once: another process may have done so meanwhile, and then its choice stands. */
export async function storeModel(store: Store, model: EmbeddingModel): Promise<EmbeddingModel> {
  const { provider, model: name, dimensions } = model
  return store.database.write({ access: adminAccess }, store.roles, async (session) => {
    await session.query(
      `INSERT INTO ${store.names.quoted}.setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`,
      [settingName, JSON.stringify({ provider, model: name, dimensions })],
    )
    const stored = await readModel(session, store)
    checkModel(model, stored, store.dimensions)
    return stored
  })
}

async function readModel(session: Session, store: Store): Promise<EmbeddingModel> {
  const { rows } = await session.query(`SELECT value FROM ${store.names.quoted}.setting WHERE name = $1`, [
    settingName,
  ])
  return parseModel(textOf(rows[0]?.[0]))
}

function parseModel(text: string): EmbeddingModel {
  try {
    const { provider, model, dimensions } = JSON.parse(text) as Partial<EmbeddingModel>
    if (typeof provider === 'string' && typeof model === 'string' && typeof dimensions === 'number') {
      return { provider, model, dimensions }
    }
  } catch {
    // Falls through.
  }
  throw new MemoryError('CORRUPT', 'the setting embedding_model is damaged')
}

function nameOf({ provider, model, dimensions }: EmbeddingModel): string {
  return `${provider}/${model} (${dimensions} dimensions)`
}
