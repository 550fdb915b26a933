/** Values of the largest buffer that is kept: half a megabyte. */
const mostValues = 1 << 17
/** How many are kept: those of two readers at the same time. */
const mostKept = 4

const kept: Float32Array<ArrayBuffer>[] = []

/**
 * A buffer for a block of vectors, at least this long and with anything in it. Small ones are kept when they are given
 * back: two for each search would soon make the engine stop everything to collect them.
 */
export function takeBlockBuffer(values: number): Float32Array<ArrayBuffer> {
  if (values > mostValues) return new Float32Array(values)
  for (let at = kept.length - 1; at >= 0; at--) {
    if ((kept[at]?.length ?? 0) >= values) return kept.splice(at, 1)[0] ?? new Float32Array(values)
  }
  // Of a few sizes only, so that one that is kept fits the next reader.
  return new Float32Array(2 ** Math.ceil(Math.log2(Math.max(values, 1024))))
}

/** Nobody may use it any more. */
export function giveBlockBuffer(buffer: Float32Array<ArrayBuffer>): void {
  if (buffer.length === 0 || buffer.length > mostValues) return
  if (kept.length === mostKept) kept.shift()
  kept.push(buffer)
}
