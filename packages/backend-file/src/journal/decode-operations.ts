import { crc32 } from 'node:zlib'
import { MemoryError, type RecordKind } from '@holdfast/core'
import { decodeJsonText } from '../json/json-text.js'
import type { LocatedOperation } from './journal-operation.js'
import { absent, operationCodes, operationFlags, recordKindCodes } from './operation-codes.js'

/**
 * The operations of a payload. Nothing that is yielded shares memory with it.
 * @param offset where the payload begins in the file; the places count from the file's first byte.
 * @throws {MemoryError} `CORRUPT` when the bytes are no such operations.
 */
export function* decodeOperations(
  payload: Uint8Array,
  count: number,
  offset: number,
): Generator<LocatedOperation> {
  const decoder = new Decoder(payload, offset)
  for (let index = 0; index < count; index++) yield decoder.operation()
  if (!decoder.isDone) throw decoder.damaged()
}

class Decoder {
  readonly #bytes: Buffer
  readonly #offset: number
  #at = 0

  constructor(payload: Uint8Array, offset: number) {
    this.#bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
    this.#offset = offset
  }

  get isDone(): boolean {
    return this.#at === this.#bytes.length
  }

  damaged(): MemoryError {
    return new MemoryError(
      'CORRUPT',
      `the journal holds no known operation at byte ${this.#offset + this.#at}`,
    )
  }

  operation(): LocatedOperation {
    const code = this.#bytes[this.#take(4)]
    const kind = this.#bytes[this.#at - 3] ?? 0
    const flags = this.#bytes.readUInt16LE(this.#at - 2)
    switch (code) {
      case operationCodes.put:
        return this.#put(this.#kind(kind), flags)
      case operationCodes.delete: {
        const [ownerLength, idLength] = [this.#integer(), this.#integer()]
        const ownerKey = this.#text(ownerLength)
        const id = this.#text(idLength)
        return { operation: { type: 'delete', kind: this.#kind(kind), ownerKey, id }, place: undefined }
      }
      case operationCodes.overlay:
        return this.#overlay(flags)
      case operationCodes.settings:
        return this.#settings(flags)
      default:
        throw this.damaged()
    }
  }

  #put(kind: RecordKind, flags: number): LocatedOperation {
    const position = this.#float()
    const cluster = this.#bytes.readInt32LE(this.#take(4))
    this.#take(4)
    const idLength = this.#integer()
    const tenantLength = this.#integer()
    const userLength = this.#integer()
    const textLength = this.#integer()
    const vectorLength = this.#integer()
    const id = this.#text(idLength)
    const tenant = this.#text(tenantLength)
    const user = this.#text(userLength)
    const textOffset = this.#offset + this.#at
    const text = this.#text(textLength)
    const textCrc32 = crc32(this.#bytes.subarray(textOffset - this.#offset, this.#at))
    const hasVector = (flags & operationFlags.vector) !== 0
    const vectorOffset = hasVector ? this.#offset + this.#at : undefined
    const vector = hasVector ? this.#vector(vectorLength) : undefined
    const owner = {
      tenantId: flags & operationFlags.tenant ? tenant : null,
      userId: flags & operationFlags.user ? user : null,
    }
    const clusterId = flags & operationFlags.cluster ? cluster : null
    return {
      operation: { type: 'put', kind, owner, id, text, vector, clusterId, position },
      place: { textOffset, textLength, textCrc32, vectorOffset },
    }
  }

  #overlay(flags: number): LocatedOperation {
    const ownerLength = this.#integer()
    const idLength = this.#integer()
    const accessedLength = this.#integer()
    const labelLength = this.#integer()
    const count = this.#float()
    const confidence = this.#float()
    const cluster = this.#bytes.readInt32LE(this.#take(4))
    const ownerKey = this.#text(ownerLength)
    const id = this.#text(idLength)
    const accessed = this.#text(accessedLength)
    const labelText = this.#text(labelLength)
    const lastAccessed = flags & operationFlags.accessed ? accessed : null
    const label = flags & operationFlags.label ? labelText : null
    const clusterId = flags & operationFlags.cluster ? cluster : null
    return {
      operation: {
        type: 'overlay',
        ownerKey,
        id,
        access: flags & operationFlags.access ? { count, lastAccessed } : undefined,
        cluster: flags & operationFlags.assignment ? { id: clusterId, label, confidence } : undefined,
      },
      place: undefined,
    }
  }

  #settings(flags: number): LocatedOperation {
    const dimensions = this.#integer()
    const modelDimensions = this.#integer()
    const [providerLength, modelLength] = [this.#integer(), this.#integer()]
    const provider = this.#text(providerLength)
    const model = this.#text(modelLength)
    return {
      operation: {
        type: 'settings',
        dimensions: dimensions === absent ? undefined : dimensions,
        embeddingModel:
          flags & operationFlags.model ? { provider, model, dimensions: modelDimensions } : undefined,
      },
      place: undefined,
    }
  }

  #kind(code: number): RecordKind {
    if (code === recordKindCodes.nodes) return 'nodes'
    if (code === recordKindCodes.episodes) return 'episodes'
    throw this.damaged()
  }

  /** Moves past some bytes and says where they begin; nothing is allocated for bytes that are not there. */
  #take(length: number): number {
    const at = this.#at
    if (length > this.#bytes.length - at) throw this.damaged()
    this.#at = at + length
    return at
  }

  #integer(): number {
    return this.#bytes.readUInt32LE(this.#take(4))
  }

  #float(): number {
    return this.#bytes.readDoubleLE(this.#take(8))
  }

  #text(length: number): string {
    if (length === 0) return ''
    const text = decodeJsonText(this.#bytes.subarray(this.#take(length), this.#at))
    if (text === undefined) throw this.damaged()
    return text
  }

  #vector(length: number): Float32Array {
    const at = this.#take(length * 4)
    const vector = new Float32Array(length)
    new Uint8Array(vector.buffer).set(this.#bytes.subarray(at, at + length * 4))
    return vector
  }
}
