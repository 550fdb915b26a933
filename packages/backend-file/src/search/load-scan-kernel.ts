import { instantiate, webAssembly } from '../wasm/web-assembly.js'
import { scanRowsBytes } from './generated/scan-rows-bytes.js'
import type { ScanMemory } from './quantised-rows.js'
import type { ScanKernel } from './scan-kernel.js'
import { plainScanKernel } from './scan-rows.js'

type ScanExport = (
  query: number,
  width: number,
  rows: number,
  segments: number,
  segmentCount: number,
  queryScale: number,
  cut: number,
  out: number,
) => void

/**
 * The fastest kernel that this process can run over a memory: WebAssembly with SIMD, else {@link plainScanKernel}.
 * Each thread loads its own over the same memory; that takes well under a millisecond.
 */
export function loadScanKernel(memory: ScanMemory): ScanKernel {
  return vectorScanKernel(memory) ?? plainScanKernel(memory)
}

/** The kernel in WebAssembly; `undefined` where SIMD is missing, or for memory that is not WebAssembly's. */
export function vectorScanKernel(memory: ScanMemory, engine = webAssembly): ScanKernel | undefined {
  const exports = instantiate(scanRowsBytes, memory, engine)
  if (exports === undefined) return undefined
  const scan = exports.scan as ScanExport
  return ({ query, width, rows, segments, segmentCount, queryScale, cut, out }) => {
    scan(query, width, rows, segments, segmentCount, queryScale, cut, out)
  }
}
