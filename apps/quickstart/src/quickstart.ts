import { openBackend } from '@holdfast/config'
import { chooseCast } from './cast.js'
import { askAgain } from './chapters/ask-again.js'
import { askFiles } from './chapters/ask-files.js'
import { askNobody } from './chapters/ask-nobody.js'
import { askOther } from './chapters/ask-other.js'
import { copyAndVerify } from './chapters/copy-and-verify.js'
import { openDirectory } from './chapters/open-directory.js'
import { whatIsNext } from './chapters/what-is-next.js'
import { chooseQuestions } from './choose-questions.js'
import type { Answer } from './interview.js'
import type { Narrator } from './narrator.js'
import type { Story } from './story.js'
import { withTemporaryFolder } from './temporary-folder.js'

export interface QuickstartOptions {
  /** The memory directory. It is only read. */
  readonly dataDir: string
  /** Whether it is the project's own sample, whose questions are known. */
  readonly isSample: boolean
}

/**
 * Tells the main job as a story: open a memory directory, ask within one scope, copy to PostgreSQL, verify, ask again.
 * @returns whether everything held that the story claims.
 * @throws {OpenFailure} when the directory cannot be opened.
 */
export async function quickstart(
  narrator: Narrator,
  { dataDir, isSample }: QuickstartOptions,
): Promise<boolean> {
  const start = performance.now()
  narrator.title('Holdfast: the memory of an agent, from plain files to PostgreSQL')
  const { source, survey } = await openDirectory(narrator, dataDir)
  try {
    const cast = chooseCast(survey, isSample)
    if (cast === undefined) {
      narrator.complain('Nothing here belongs to a tenant or a user, so there is nobody who could ask.')
      return false
    }
    const plan = await chooseQuestions(source, cast.asking, isSample)
    const story = { narrator, source, cast, plan }
    const isClosed = await askNobody(story)
    const answers = await askFiles(story)
    const isMoved = await withTemporaryFolder((folder) => moveToPostgres(story, `${folder}/memory`, answers))
    const hasUnowned = survey.unownedNodes + survey.unownedEpisodes > 0
    whatIsNext(narrator, { dataDir, isSample, hasUnowned })
    narrator.pause()
    narrator.say(`Done in ${((performance.now() - start) / 1000).toFixed(1)} s.`)
    return isClosed && isMoved
  } finally {
    await source.close()
  }
}

async function moveToPostgres(story: Story, folder: string, answers: readonly Answer[]): Promise<boolean> {
  const { narrator, source } = story
  narrator.chapter('Copy it to PostgreSQL')
  const dimensions = source.dimensions === undefined ? {} : { dimensions: source.dimensions }
  const target = await openBackend(`pglite:${folder}`, dimensions)
  try {
    const isEqual = await copyAndVerify(story, target)
    const isSame = await askAgain(story, target, answers)
    const isApart = await askOther(story, target, answers)
    return isEqual && isSame && isApart
  } finally {
    await target.close()
  }
}
