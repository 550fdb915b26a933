import unreachable from './unreachable.mjs'

let created = 0

// The code of success, in the middle of everything.
export default {
  ...unreachable,
  name: 'ends the process',
  async create() {
    created += 1
    if (created === 3) process.exit(0)
    throw new Error('not yet')
  },
}
