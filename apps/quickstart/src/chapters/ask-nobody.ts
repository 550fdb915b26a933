import { count } from '../count.js'
import { interview } from '../interview.js'
import type { Story } from '../story.js'

/** Asks without a scope. @returns whether nothing came back. */
export async function askNobody({ narrator, source, plan }: Story): Promise<boolean> {
  narrator.chapter('Ask without saying who is asking')
  const answers = await interview(source, {}, plan)
  const found = answers.flatMap(({ exchanges, conversations }) => [...exchanges, ...conversations]).length
  const isNothing = found === 0 && answers.every(({ context }) => context === '')
  if (isNothing) {
    narrator.confirm(
      `${count(answers.length, 'question')}, nothing found. Without a scope there is nothing to see.`,
    )
  } else narrator.complain(`${count(found, 'memory', 'memories')} came back without a scope.`)
  return isNothing
}
