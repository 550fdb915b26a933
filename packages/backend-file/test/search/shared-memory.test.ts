import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import { scanRowsBytes } from '../../src/search/generated/scan-rows-bytes.js'
import { loadScanKernel } from '../../src/search/load-scan-kernel.js'
import { QuantisedRows, rowStride } from '../../src/search/quantised-rows.js'
import { seed } from '../simulated-disk/seed.js'
import { vectorRandom } from './random-vectors.js'
import { quantised, sharedMemory } from './scan-setup.js'

const columns = 96
const count = 3000
const threads = 3

it(`threads scan slices of the same memory (seed ${seed})`, async () => {
  const random = vectorRandom(seed)
  const query = quantised(random.vector(columns))
  const segments = columns * 2
  const outs = segments + 8 * (threads + 1)
  const outBytes = 8 + count * 8
  const start = outs + outBytes * (threads + 1)
  const memory = sharedMemory(start + count * rowStride(columns))
  const rows = new QuantisedRows(memory, start, columns)
  for (let row = 0; row < count; row++) rows.write(row, random.vector(columns))
  new Int16Array(memory.buffer, 0, columns).set(query.integers)
  const slice = count / threads
  const runOf = (part: number, from: number, to: number) => {
    new Int32Array(memory.buffer, segments + part * 8, 2).set([from, to])
    return {
      query: 0,
      width: columns,
      rows: start,
      segments: segments + part * 8,
      segmentCount: 1,
      queryScale: query.scale,
      cut: 0.1,
      out: outs + part * outBytes,
    }
  }
  const foundBy = (part: number) => {
    const answer = new Int32Array(memory.buffer, outs + part * outBytes, outBytes / 4)
    return [...answer.subarray(2, 2 + 2 * (answer[0] ?? 0))]
  }
  await Promise.all(
    Array.from({ length: threads }, async (_, part) => {
      const thread = new Worker(new URL('./scan-thread.mjs', import.meta.url), {
        workerData: { memory, bytes: Buffer.from(scanRowsBytes, 'base64') },
      })
      onTestFinished(async () => {
        await thread.terminate()
      })
      thread.postMessage(runOf(part, part * slice, (part + 1) * slice))
      await once(thread, 'message')
    }),
  )
  loadScanKernel(memory)(runOf(threads, 0, count))
  const expected = foundBy(threads)
  expect(expected.length).toBeGreaterThan(2 * threads)
  expect(Array.from({ length: threads }, (_, part) => foundBy(part)).flat()).toEqual(expected)
})
