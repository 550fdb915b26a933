import unreachable from './unreachable.mjs'

export default {
  ...unreachable,
  name: 'stray rejection',
  async create() {
    Promise.reject(new Error('nobody waited for this'))
    throw new Error('\u001b[31mred\u001b[0m')
  },
}
