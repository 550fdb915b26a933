type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array

/** The array, or a larger copy when it has no room for `length` values. */
export function grown<T extends Numbers>(array: T, length: number, make: (length: number) => T): T {
  if (length <= array.length) return array
  const larger = make(Math.max(length, array.length + (array.length >> 1), 16))
  larger.set(array)
  return larger
}

export const bytes8 = (length: number): Uint8Array => new Uint8Array(length)
export const units16 = (length: number): Uint16Array => new Uint16Array(length)
export const integers32 = (length: number): Uint32Array => new Uint32Array(length)
export const signed32 = (length: number): Int32Array => new Int32Array(length)
export const doubles = (length: number): Float64Array => new Float64Array(length)
