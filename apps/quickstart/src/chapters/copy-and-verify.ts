import type { MemoryBackend } from '@holdfast/core'
import { copyMemories, verifyMemories } from '@holdfast/migrator'
import { count } from '../count.js'
import { plainText } from '../plain-text.js'
import type { Story } from '../story.js'

const batchSize = 50
const listedDifferences = 5

/** Copies the directory and compares the copy with it. @returns whether they are equal. */
export async function copyAndVerify({ narrator, source }: Story, target: MemoryBackend): Promise<boolean> {
  narrator.say('PostgreSQL with pgvector runs inside this program, in a temporary folder.')
  const bar = narrator.bar()
  let copy: Awaited<ReturnType<typeof copyMemories>>
  try {
    copy = await copyMemories({
      from: source,
      to: target,
      unowned: 'skip',
      batchSize,
      onProgress: ({ phase, done, total }) => {
        if (phase === 'copy' && total !== undefined) bar.update(done, total)
      },
    })
  } finally {
    bar.stop()
  }
  narrator.confirm(`${count(copy.copied, 'record')} copied.`)
  const { unowned } = copy.source
  if (unowned.count > 0) {
    narrator.say(
      `${count(unowned.count, 'record')} without an owner left behind: nobody could ever ask for them.`,
    )
  }

  narrator.chapter('Verify the copy')
  const found = await verifyMemories({ from: source, to: target, unowned: 'skip', source: copy.source })
  const { nodes, episodes, vectors } = found.to
  if (found.equal) {
    narrator.confirm(
      `${count(nodes, 'exchange')}, ${count(episodes, 'conversation')} and ${count(vectors, 'vector')}: the same order, owners, clusters and fields, and the same bits in every vector.`,
    )
  } else narrator.complain(`${count(found.differenceCount, 'difference')} between the files and the copy.`)
  for (const { kind, id, field, from, to } of found.differences.slice(0, listedDifferences)) {
    narrator.say(plainText(`${kind} ${id}, ${field}: ${from ?? 'nothing'} is now ${to ?? 'nothing'}`))
  }
  return found.equal
}
