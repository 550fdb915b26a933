import { crc32 } from 'node:zlib'
import { MemoryError } from '@holdfast/core'
import { frameHeaderLength, maxPayload, paddedLength } from './journal-frame.js'
import type { JournalOperation, PutRecord, RecordPlace, SetOverlay } from './journal-operation.js'
import { absent, operationCodes, operationFlags, recordKindCodes } from './operation-codes.js'

/** One frame's operations, with room for the header in front and padded at the end. */
export interface EncodedFrame {
  readonly bytes: Buffer
  readonly payloadLength: number
  readonly operationCount: number
}

/** A transaction as bytes: one frame, or several when it is larger than {@link maxPayload}. */
export interface EncodedTransaction {
  readonly frames: readonly EncodedFrame[]
  readonly size: number
  /** By operation: the frame and, for a put, its content's place from the frame's first byte on. */
  readonly places: readonly { readonly frame: number; readonly place: RecordPlace | undefined }[]
}

/**
 * The bytes of a transaction. Values come back exactly: float bits, and text byte for byte.
 * @throws {MemoryError} `INVALID_NODE` for a record that does not fit into one frame.
 * @throws {TypeError} when text is not well-formed.
 */
export function encodeTransaction(
  operations: readonly JournalOperation[],
  frameLimit: number = maxPayload,
): EncodedTransaction {
  const places: { frame: number; place: RecordPlace | undefined }[] = []
  const frames: EncodedFrame[] = []
  for (let from = 0; from < operations.length || frames.length === 0; ) {
    let to = from
    let payloadLength = 0
    for (; to < operations.length; to++) {
      const length = operationLength(operations[to] as JournalOperation)
      if (length > frameLimit) throw new MemoryError('INVALID_NODE', 'a record is larger than 64 MiB')
      if (payloadLength + length > frameLimit) break
      payloadLength += length
    }
    const bytes = Buffer.alloc(frameHeaderLength + paddedLength(payloadLength))
    const encoder = new Encoder(bytes, frameHeaderLength)
    for (const operation of operations.slice(from, to)) {
      places.push({ frame: frames.length, place: encoder.operation(operation) })
    }
    frames.push({ bytes, payloadLength, operationCount: to - from })
    from = to
  }
  return { frames, places, size: frames.reduce((sum, { bytes }) => sum + bytes.length, 0) }
}

function operationLength(operation: JournalOperation): number {
  switch (operation.type) {
    case 'put': {
      const { owner, id, text, vector } = operation
      const strings = bytesOf(id) + bytesOf(owner.tenantId) + bytesOf(owner.userId) + bytesOf(text)
      return 40 + strings + (vector?.byteLength ?? 0)
    }
    case 'delete':
      return 12 + bytesOf(operation.ownerKey) + bytesOf(operation.id)
    case 'overlay': {
      const { ownerKey, id, access, cluster } = operation
      const strings =
        bytesOf(ownerKey) + bytesOf(id) + bytesOf(access?.lastAccessed) + bytesOf(cluster?.label)
      return 40 + strings
    }
    case 'settings': {
      const model = operation.embeddingModel
      return 20 + bytesOf(model?.provider) + bytesOf(model?.model)
    }
    default:
      return operation satisfies never
  }
}

function bytesOf(text: string | null | undefined): number {
  return text == null ? 0 : Buffer.byteLength(text)
}

class Encoder {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  operation(operation: JournalOperation): RecordPlace | undefined {
    switch (operation.type) {
      case 'put':
        return this.#put(operation)
      case 'delete':
        this.#head(operationCodes.delete, recordKindCodes[operation.kind], 0)
        this.#lengths(operation.ownerKey, operation.id)
        this.#texts(operation.ownerKey, operation.id)
        return undefined
      case 'overlay':
        this.#overlay(operation)
        return undefined
      case 'settings': {
        const { dimensions, embeddingModel: model } = operation
        const flags = model === undefined ? 0 : operationFlags.model
        this.#head(operationCodes.settings, 0, flags)
        this.#integer(dimensions ?? absent)
        this.#integer(model?.dimensions ?? absent)
        this.#lengths(model?.provider ?? '', model?.model ?? '')
        this.#texts(model?.provider, model?.model)
        return undefined
      }
      default:
        return operation satisfies never
    }
  }

  #put({ kind, owner, id, text, vector, clusterId, position }: PutRecord): RecordPlace {
    const flags =
      (owner.tenantId === null ? 0 : operationFlags.tenant) |
      (owner.userId === null ? 0 : operationFlags.user) |
      (vector === undefined ? 0 : operationFlags.vector) |
      (clusterId === null ? 0 : operationFlags.cluster)
    this.#head(operationCodes.put, recordKindCodes[kind], flags)
    this.#float(position)
    this.#signed(clusterId ?? 0)
    this.#integer(0)
    this.#lengths(id, owner.tenantId ?? '', owner.userId ?? '', text)
    this.#integer(vector?.length ?? 0)
    this.#texts(id, owner.tenantId, owner.userId)
    const textOffset = this.#at
    this.#texts(text)
    const textLength = this.#at - textOffset
    const textCrc32 = crc32(this.#bytes.subarray(textOffset, this.#at))
    if (vector === undefined) return { textOffset, textLength, textCrc32, vectorOffset: undefined }
    const vectorOffset = this.#at
    this.#bytes.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), vectorOffset)
    this.#at += vector.byteLength
    return { textOffset, textLength, textCrc32, vectorOffset }
  }

  #overlay({ ownerKey, id, access, cluster }: SetOverlay): void {
    const flags =
      (access === undefined ? 0 : operationFlags.access) |
      (typeof access?.lastAccessed === 'string' ? operationFlags.accessed : 0) |
      (cluster === undefined ? 0 : operationFlags.assignment) |
      (typeof cluster?.id === 'number' ? operationFlags.cluster : 0) |
      (typeof cluster?.label === 'string' ? operationFlags.label : 0)
    this.#head(operationCodes.overlay, 0, flags)
    this.#lengths(ownerKey, id, access?.lastAccessed ?? '', cluster?.label ?? '')
    this.#float(access?.count ?? 0)
    this.#float(cluster?.confidence ?? 0)
    this.#signed(cluster?.id ?? 0)
    this.#texts(ownerKey, id, access?.lastAccessed, cluster?.label)
  }

  #head(code: number, kind: number, flags: number): void {
    this.#bytes[this.#at] = code
    this.#bytes[this.#at + 1] = kind
    this.#at = this.#bytes.writeUInt16LE(flags, this.#at + 2)
  }

  #integer(value: number): void {
    this.#at = this.#bytes.writeUInt32LE(value, this.#at)
  }

  #signed(value: number): void {
    this.#at = this.#bytes.writeInt32LE(value, this.#at)
  }

  #float(value: number): void {
    this.#at = this.#bytes.writeDoubleLE(value, this.#at)
  }

  #lengths(...texts: readonly string[]): void {
    for (const text of texts) this.#integer(Buffer.byteLength(text))
  }

  #texts(...texts: readonly (string | null | undefined)[]): void {
    for (const text of texts) {
      if (text == null) continue
      if (!text.isWellFormed()) throw new TypeError('text holds half a surrogate pair')
      this.#at += this.#bytes.write(text, this.#at)
    }
  }
}
