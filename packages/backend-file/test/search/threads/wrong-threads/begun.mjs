// What the wrong threads have in common: they say that they are there, and begin what they are asked.
import { parentPort } from 'node:worker_threads'
import { SharedScan } from '../../../../dist/search/shared-scan.js'

/** @param help is called with the shared scan, the task, and what answers. */
export function onTask(help) {
  let memory
  parentPort.on('message', ({ number, introduced, task }) => {
    memory = introduced ?? memory
    const shared = new SharedScan(task.shared)
    if (!shared.begin(task.helper)) return
    new Int32Array(memory.buffer, task.area, 1)[0] = 0
    const answer = () => {
      const none = { rows: new Int32Array(0), lower: new Float64Array(0), upper: new Float64Array(0) }
      parentPort.postMessage({ type: 'scanned', number, part: { ...none, compared: 0 } })
    }
    help({ shared, helper: task.helper, memory, task, answer })
  })
  parentPort.postMessage({ type: 'ready' })
}
