import type { MemoryBackend } from '@holdfast/core'
import { describeScope } from '../cast.js'
import { count } from '../count.js'
import { type Answer, interview, showAnswer } from '../interview.js'
import type { Story } from '../story.js'

/** Lets another one ask the same. @returns whether nothing of the first one's memories came back. */
export async function askOther(
  { narrator, cast, plan }: Story,
  target: MemoryBackend,
  fromFiles: readonly Answer[],
): Promise<boolean> {
  const [asking, other] = [describeScope(cast.asking), describeScope(cast.other)]
  narrator.chapter(`Ask the same as ${other}`)
  const answers = await interview(target, cast.other, plan)
  const [first] = answers
  if (first !== undefined) showAnswer(narrator, first)
  const theirs = new Set(fromFiles.flatMap(keys))
  const leaked = answers.flatMap(keys).filter((key) => theirs.has(key))
  narrator.pause()
  if (leaked.length === 0) narrator.confirm(`None of it belongs to ${asking}.`)
  else narrator.complain(`${count(leaked.length, 'memory', 'memories')} of ${asking} came back.`)
  return leaked.length === 0
}

function keys({ exchanges, conversations }: Answer): readonly string[] {
  return [...exchanges.map(({ key }) => `node ${key}`), ...conversations.map(({ key }) => `episode ${key}`)]
}
