import type { ScanMemory } from './quantised-rows.js'
import { foundHeader, type ScanKernel } from './scan-kernel.js'

/** The kernel in plain loops: where WebAssembly has no SIMD, and what the other is compared with. */
export function plainScanKernel(memory: ScanMemory): ScanKernel {
  return ({ query, width, rows, segments, segmentCount, queryScale, cut, out }) => {
    const { buffer } = memory
    const bytes = new Int8Array(buffer)
    const floats = new Float32Array(buffer)
    const pairs = new Int32Array(buffer, segments, segmentCount * 2)
    const queryValues = new Int16Array(buffer, query, width)
    const answer = new Int32Array(buffer, out)
    const stride = width + 8
    let compared = 0
    let at = foundHeader
    for (let segment = 0; segment < segmentCount; segment++) {
      const to = pairs[segment * 2 + 1] ?? 0
      for (let row = pairs[segment * 2] ?? 0; row < to; row++) {
        const start = rows + row * stride
        const dot = dotProduct(bytes, start, queryValues)
        const scale = floats[(start + width) / 4] ?? 0
        const error = floats[(start + width) / 4 + 1] ?? 0
        if (error >= 0) compared += 1
        if (dot * (scale * queryScale) + error >= cut) {
          answer[at] = row
          answer[at + 1] = dot
          at += 2
        }
      }
    }
    answer[0] = (at - foundHeader) / 2
    answer[1] = compared
  }
}

/** In 32 bits, which `querySumLimit` keeps from overflowing. */
function dotProduct(bytes: Int8Array, start: number, query: Int16Array): number {
  let sum = 0
  for (let column = 0; column < query.length; column++) {
    sum = (sum + Math.imul(bytes[start + column] ?? 0, query[column] ?? 0)) | 0
  }
  return sum
}
