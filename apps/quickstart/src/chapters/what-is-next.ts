import type { Narrator } from '../narrator.js'

/** Commands to go on with. */
export function whatIsNext(narrator: Narrator): void {
  narrator.chapter('What next')
  narrator.say('The same with a directory of yours:')
  narrator.command('npx -y pnpm@12 quickstart --data ./data')
  narrator.say('Move it for good, and prove it:')
  narrator.command('npx -y pnpm@12 migrator copy --from file:./data --to pglite:./data-pg')
  narrator.command('npx -y pnpm@12 migrator verify --from file:./data --to pglite:./data-pg')
  narrator.say('The README shows the same in a program.')
}
