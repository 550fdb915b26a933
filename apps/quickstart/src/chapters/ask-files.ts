import { describeScope } from '../cast.js'
import { type Answer, interview, showAnswer } from '../interview.js'
import type { Story } from '../story.js'

/** Asks as the one who is asking, in the files, and shows what comes. */
export async function askFiles({ narrator, source, cast, plan }: Story): Promise<readonly Answer[]> {
  narrator.chapter(`Ask as ${describeScope(cast.asking)}`)
  narrator.say(
    plan.reason === undefined
      ? 'The questions are embedded on this machine; what is nearest in meaning comes first, with its cosine similarity.'
      : `${plan.reason} The stored vectors of three exchanges take the place of questions.`,
  )
  const answers = await interview(source, cast.asking, plan)
  for (const answer of answers) showAnswer(narrator, answer)
  return answers
}
