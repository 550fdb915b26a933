// Takes a chunk and throws.
import { onTask } from './begun.mjs'

onTask(({ shared, helper }) => {
  shared.take(helper)
  throw new Error('thrown by the thread')
})
