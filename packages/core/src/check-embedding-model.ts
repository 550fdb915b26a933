import { checkInteger, checkOptions, checkString } from './check-arguments.js'
import { type EmbeddingModel, maxDimensions } from './embedding-vector.js'

/**
 * Checks and copies the identity of an embedding model.
 * @throws {TypeError|RangeError} for an unknown key, a wrong type, an empty name or dimensions out of bounds.
 */
export function checkEmbeddingModel(model: EmbeddingModel): EmbeddingModel {
  checkOptions(model, ['provider', 'model', 'dimensions'])
  return {
    provider: checkName(model.provider, 'provider'),
    model: checkName(model.model, 'model'),
    dimensions: checkInteger(model.dimensions, 'dimensions', 1, maxDimensions),
  }
}

function checkName(value: unknown, name: string): string {
  const text = checkString(value, name)
  if (text === '') throw new RangeError(`${name} must not be empty`)
  return text
}
