import unreachable from './unreachable.mjs'

// Would keep a process alive for ever.
setInterval(() => {}, 1_000)

export default { ...unreachable, name: 'keeps running' }
