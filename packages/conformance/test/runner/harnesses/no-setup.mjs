import unreachable from './unreachable.mjs'

export default {
  ...unreachable,
  name: 'no setup',
  async setup() {
    throw new Error('no container')
  },
}
