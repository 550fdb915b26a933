import unreachable from './unreachable.mjs'

const names = Object.keys(unreachable.capabilities)
export default {
  ...unreachable,
  name: 'everything',
  openAgain: unreachable.create,
  capabilities: Object.freeze(Object.fromEntries(names.map((name) => [name, true]))),
}
