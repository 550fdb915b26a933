// Scans slices of shared memory in a thread of its own, with nothing but the module of the kernel.
import { parentPort, workerData } from 'node:worker_threads'

const { memory, bytes } = workerData
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { scan: { memory } })
parentPort.on('message', (run) => {
  exports.scan(
    run.query,
    run.width,
    run.rows,
    run.segments,
    run.segmentCount,
    run.queryScale,
    run.cut,
    run.out,
  )
  parentPort.postMessage('scanned')
})
