// Takes a chunk and answers only when the scan was cancelled; touches its area until then.
import { onTask } from './begun.mjs'

onTask(({ shared, helper, memory, task, answer }) => {
  shared.take(helper)
  const area = new Int32Array(memory.buffer, task.area, 1)
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  while (!shared.isCancelled) {
    Atomics.add(area, 0, 1)
    Atomics.wait(nobody, 0, 0, 1)
  }
  answer()
})
