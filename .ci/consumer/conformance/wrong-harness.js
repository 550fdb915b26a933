import { FileBackend } from '@holdfast/backend-file'
import harness from './harness.js'

/** Counts the nodes of everybody. */
class CountsEverything extends FileBackend {
  async countNodes(...args) {
    await super.countNodes(...args)
    return (await this.admin.fingerprint()).nodes
  }
}

export default {
  ...harness,
  name: 'a wrong backend',
  async create(options) {
    return Object.setPrototypeOf(await harness.create(options), CountsEverything.prototype)
  },
}
