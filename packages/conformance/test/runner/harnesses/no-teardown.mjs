import unreachable from './unreachable.mjs'

export default {
  ...unreachable,
  name: 'no teardown',
  async teardown() {
    throw new Error('the container stays')
  },
}
