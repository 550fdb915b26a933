import type { Command, Value } from './command.js'

/**
 * Several inserts as one statement, which takes one round trip. All of them see the same snapshot, and foreign keys are
 * checked when all are done, so that they may depend on each other (PostgreSQL manual, 7.8.4). Only the last one's
 * count comes back.
 */
export function inOneStatement(commands: readonly Command[]): Command {
  const values: Value[] = []
  const texts = commands.map((command) => {
    const before = values.length
    values.push(...command.values)
    // The name of a schema may look like a parameter.
    return command.text.replace(/"(?:[^"]|"")*"|\$(\d+)/g, (found, number: string | undefined) =>
      number === undefined ? found : `$${Number(number) + before}`,
    )
  })
  const main = texts.pop() ?? ''
  if (texts.length === 0) return { text: main, values }
  return { text: `WITH ${texts.map((text, at) => `part${at} AS (${text})`).join(', ')} ${main}`, values }
}
