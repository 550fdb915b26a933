import { relative } from 'node:path'
import type { Narrator } from '../narrator.js'

interface Next {
  readonly dataDir: string
  readonly isSample: boolean
  readonly hasUnowned: boolean
}

/** Commands to go on with, as they can be pasted into a shell. */
export function whatIsNext(narrator: Narrator, { dataDir, isSample, hasUnowned }: Next): void {
  const path = relative(process.cwd(), dataDir)
  // Where the path would have to be quoted or would not fit on a line, the reader puts it in.
  const from = /^[\w./@-]{1,20}$/.test(path) ? path : './data'
  narrator.chapter('What next')
  if (isSample) {
    narrator.say('The same with a directory of yours:')
    narrator.command('npx -y pnpm@12 quickstart --data DIR')
  }
  narrator.say('Keep a copy in PostgreSQL, and prove that it is one (postgres://… takes it to a server):')
  for (const command of ['copy', 'verify']) {
    const skip = hasUnowned ? ' --unowned skip' : ''
    narrator.command(`npx -y pnpm@12 migrator ${command} --from file:${from} --to pglite:./data-pg${skip}`)
  }
  narrator.say('The README shows the same in a program.')
}
