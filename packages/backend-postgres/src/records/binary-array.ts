/**
 * One-dimensional arrays in PostgreSQL's binary form; `pg` sends a `Buffer` as it is. Over the text form they save the
 * escaping and, for vectors, nine tenths of the time. Every array is written straight into one buffer: a batch has
 * tens of thousands of elements, and an object for each would cost more than all the rest.
 * Source: `array_recv` in src/backend/utils/adt/arrayfuncs.c: int32 dimensions, int32 has-null flag, int32 element
 * type, int32 length, int32 lower bound, then int32 length (-1 for NULL) and bytes of each element.
 */
/** Bytes before the first element. */
export const arrayHeaderBytes = 20
const emptyBytes = 12
const lengthBytes = 4

/** Object ids of built-in types: src/include/catalog/pg_type.dat. */
const typeOids = { bool: 16, bytea: 17, int8: 20, int4: 23, text: 25, float8: 701 } as const

export function textArray(values: readonly (string | null)[]): Buffer {
  let bytes = 0
  for (const value of values) if (value !== null) bytes += Buffer.byteLength(value)
  const array = beginArray(typeOids.text, values, bytes)
  let offset = arrayHeaderBytes
  for (const value of values) {
    const length = value === null ? -1 : array.write(value, offset + lengthBytes)
    array.writeInt32BE(length, offset)
    offset += lengthBytes + Math.max(length, 0)
  }
  return array
}

export function byteaArray(values: readonly (Uint8Array | null)[]): Buffer {
  let bytes = 0
  for (const value of values) if (value !== null) bytes += value.length
  const array = beginArray(typeOids.bytea, values, bytes)
  let offset = arrayHeaderBytes
  for (const value of values) {
    array.writeInt32BE(value?.length ?? -1, offset)
    offset += lengthBytes
    if (value === null) continue
    array.set(value, offset)
    offset += value.length
  }
  return array
}

export function int8Array(values: readonly (number | null)[]): Buffer {
  return sizedArray(typeOids.int8, 8, values, writeInt64)
}

export function int4Array(values: readonly (number | null)[]): Buffer {
  return sizedArray(typeOids.int4, 4, values, (array, offset, value) => array.writeInt32BE(value, offset))
}

export function float8Array(values: readonly number[]): Buffer {
  return sizedArray(typeOids.float8, 8, values, (array, offset, value) => array.writeDoubleBE(value, offset))
}

export function boolArray(values: readonly boolean[]): Buffer {
  return sizedArray(typeOids.bool, 1, values, (array, offset, value) =>
    array.writeUInt8(Number(value), offset),
  )
}

/**
 * An array whose elements have `width` bytes each, or are null.
 * @param write puts an element at the offset.
 */
export function sizedArray<T>(
  elementOid: number,
  width: number,
  values: readonly (T | null)[],
  write: (array: Buffer, offset: number, value: T) => void,
): Buffer {
  const array = beginArray(elementOid, values, values.length * width)
  let offset = arrayHeaderBytes
  for (const value of values) {
    array.writeInt32BE(value === null ? -1 : width, offset)
    offset += lengthBytes
    if (value === null) continue
    write(array, offset, value)
    offset += width
  }
  return array.subarray(0, offset)
}

/** @param bytes of all elements together, at most. */
function beginArray(elementOid: number, values: readonly unknown[], bytes: number): Buffer {
  const end = arrayHeaderBytes + values.length * lengthBytes + bytes
  return writeArrayHeader(Buffer.allocUnsafe(end), elementOid, values.length, values.includes(null), end)
}

/** Writes what stands before the elements. @returns the array, which ends at `end`; an empty one is only a part of it. */
export function writeArrayHeader(
  array: Buffer,
  elementOid: number,
  count: number,
  hasNull: boolean,
  end: number,
): Buffer {
  const isEmpty = count === 0
  array.writeInt32BE(isEmpty ? 0 : 1, 0)
  array.writeInt32BE(hasNull ? 1 : 0, 4)
  array.writeUInt32BE(elementOid, 8)
  if (isEmpty) return array.subarray(0, emptyBytes)
  array.writeInt32BE(count, 12)
  array.writeInt32BE(1, 16)
  return array.subarray(0, end)
}

/** @param value an integer; a BigInt for each would be an object too, and dividing by a power of two is exact. */
function writeInt64(array: Buffer, offset: number, value: number): void {
  if (!Number.isInteger(value)) throw new RangeError(`${value} is not an integer`)
  const high = Math.floor(value / 2 ** 32)
  array.writeInt32BE(high, offset)
  array.writeUInt32BE(value - high * 2 ** 32, offset + 4)
}
