// Takes a chunk and answers only a while after the scan was cancelled; touches its area until then.
import { onTask } from './begun.mjs'

onTask(({ shared, helper, memory, task, answer }) => {
  shared.take(helper)
  const area = new Int32Array(memory.buffer, task.area, 1)
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  for (let left = 50; left > 0; left -= shared.isCancelled ? 1 : 0) {
    Atomics.add(area, 0, 1)
    Atomics.wait(nobody, 0, 0, 1)
  }
  answer()
})
