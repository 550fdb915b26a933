import type { MemoryBackend } from '@holdfast/core'
import { compareAnswers } from '../compare-answers.js'
import { count } from '../count.js'
import { type Answer, interview, showAnswer } from '../interview.js'
import type { Story } from '../story.js'

/** Asks the same questions in PostgreSQL. @returns whether ids and scores are those of the files. */
export async function askAgain(
  { narrator, cast, plan }: Story,
  target: MemoryBackend,
  fromFiles: readonly Answer[],
): Promise<boolean> {
  narrator.chapter('Ask again, in PostgreSQL')
  const fromPostgres = await interview(target, cast.asking, plan)
  const pairs = fromFiles.flatMap((left, index) => {
    const right = fromPostgres[index]
    return right === undefined ? [] : [{ left, right, ...compareAnswers(left, right) }]
  })
  for (const [index, { left, right, same, largestDifference }] of pairs.entries()) {
    const number = `Question ${index + 1}`
    const found = `${count(left.exchanges.length, 'exchange')} and ${count(left.conversations.length, 'conversation')}`
    if (same) {
      narrator.confirm(
        `${number}: the same ${found}, the same scores (largest difference ${shown(largestDifference)}).`,
      )
    } else {
      narrator.complain(`${number}: the answer is another one than the files gave (${found}).`)
      showAnswer(narrator, right)
    }
  }
  return pairs.length === fromFiles.length && pairs.every(({ same }) => same)
}

function shown(difference: number): string {
  return difference === 0 ? '0' : difference.toExponential(0)
}
