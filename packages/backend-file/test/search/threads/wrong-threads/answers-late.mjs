// Takes all chunks of a scan and answers only a while later, when nobody else has anything to do.
import { onTask } from './begun.mjs'

onTask(({ shared, helper, answer }) => {
  while (shared.take(helper) !== undefined);
  setTimeout(answer, 300)
})
