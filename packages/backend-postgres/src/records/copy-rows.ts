import { arrayHeaderBytes } from './binary-array.js'

/** Type and length of a message. PostgreSQL manual, "Message Formats", CopyData. */
const messageHeaderBytes = 5
const copyData = 'd'.charCodeAt(0)
const countBytes = 2
const lengthBytes = 4
/** A call into what copies bytes takes longer than a few bytes do here. */
const fewBytes = 32

/** PostgreSQL manual, COPY, "Binary Format": a signature, flags, and the length of an extension. */
export const copyStart = messageOf([...Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), ...Buffer.alloc(8)])
/** The number of columns of a row that is none. */
export const copyEnd = messageOf([0xff, 0xff])

/**
 * The rows of columns as COPY takes them in binary form, between {@link copyStart} and {@link copyEnd}, as a message of
 * the protocol: to let the driver make one would copy them once more. A value stands there as it does in an array: its
 * length, -1 for NULL, and its bytes.
 * @param columns arrays in binary form, of one dimension and the same length.
 */
export function copyRows(columns: readonly Buffer[]): Buffer {
  const count =
    columns[0]?.length === undefined || columns[0].readInt32BE(0) === 0 ? 0 : columns[0].readInt32BE(12)
  const bytes = columns.reduce((sum, column) => sum + column.length, 0)
  const message = Buffer.allocUnsafe(messageHeaderBytes + bytes + count * countBytes)
  const places = new Uint32Array(columns.length).fill(arrayHeaderBytes)
  let offset = messageHeaderBytes
  for (let row = 0; row < count; row++) {
    offset = message.writeInt16BE(columns.length, offset)
    // An iterator would be asked some tens of thousands of times.
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index]
      if (column === undefined) continue
      const start = places[index] ?? 0
      const end = start + lengthBytes + Math.max(column.readInt32BE(start), 0)
      if (end - start > fewBytes) message.set(column.subarray(start, end), offset)
      else for (let at = start; at < end; at++) message[offset + at - start] = column[at] ?? 0
      offset += end - start
      places[index] = end
    }
  }
  return withHeader(message.subarray(0, offset))
}

function messageOf(bytes: readonly number[]): Buffer {
  return withHeader(Buffer.from([...Buffer.alloc(messageHeaderBytes), ...bytes]))
}

/** The length counts itself and not the type. */
function withHeader(message: Buffer): Buffer {
  message.writeUInt8(copyData, 0)
  message.writeInt32BE(message.length - 1, 1)
  return message
}
