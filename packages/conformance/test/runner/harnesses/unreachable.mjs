// A server that cannot be reached: no test can begin. It prints, as programs do.
console.log('looking for the server')

export default {
  name: 'unreachable',
  capabilities: Object.freeze({
    durable: false,
    keywordSearch: false,
    update: true,
    delete: true,
    concurrentWriters: false,
    approximateSearch: false,
    maintenance: true,
  }),
  async create() {
    throw new Error('nobody listens on port 1')
  },
  async destroy() {},
}
