import { relative } from 'node:path'
import { openBackend } from '@holdfast/config'
import { type MemoryBackend, MemoryError } from '@holdfast/core'
import { describeScope } from '../cast.js'
import { count } from '../count.js'
import type { Narrator } from '../narrator.js'
import { OpenFailure } from '../open-failure.js'
import { plainText } from '../plain-text.js'
import { type DirectorySurvey, surveyDirectory } from '../survey-directory.js'

const listedScopes = 4

/** Opens the directory for reading and says what is in it. @throws {OpenFailure} */
export async function openDirectory(
  narrator: Narrator,
  dataDir: string,
): Promise<{ readonly source: MemoryBackend; readonly survey: DirectorySurvey }> {
  narrator.chapter('Open a memory directory')
  narrator.say(`${plainText(shortPath(dataDir))}, for reading only`)
  let source: MemoryBackend | undefined
  try {
    source = await openBackend({ paths: { dataDir } }, { readOnly: true })
    const survey = await surveyDirectory(source)
    describe(narrator, source, survey)
    return { source, survey }
  } catch (error) {
    await source?.close()
    throw error instanceof MemoryError ? new OpenFailure(error) : error
  }
}

function describe(narrator: Narrator, source: MemoryBackend, survey: DirectorySurvey): void {
  const { nodes, episodes, tenants, users, unownedNodes, unownedEpisodes } = survey
  const dimensions = source.dimensions === undefined ? '' : `, vectors of ${source.dimensions} dimensions`
  narrator.say(`${count(nodes, 'exchange')} in ${count(episodes, 'conversation')}${dimensions}`)
  const scopes = [...tenants, ...users]
  narrator.say(`${count(tenants.length, 'tenant')} and ${count(users.length, 'user')} have something here:`)
  for (const { scope, nodes: visible, episodes: whole } of scopes.slice(0, listedScopes)) {
    narrator.item(`${describeScope(scope)}: ${count(visible, 'exchange')}, ${count(whole, 'conversation')}`)
  }
  if (scopes.length > listedScopes) narrator.item(`and ${scopes.length - listedScopes} more`)
  if (unownedNodes + unownedEpisodes > 0) {
    narrator.say(
      `${count(unownedNodes, 'exchange')} and ${count(unownedEpisodes, 'conversation')} belong to nobody: no scope sees them.`,
    )
  }
}

function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path)
  return fromHere === '' || fromHere.startsWith('..') ? path : fromHere
}
