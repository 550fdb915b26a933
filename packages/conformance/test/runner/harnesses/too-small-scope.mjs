import unreachable from './unreachable.mjs'

export default { ...unreachable, largeScope: 1_999 }
