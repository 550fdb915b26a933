import unreachable from './unreachable.mjs'

export default { ...unreachable, name: 'smaller', largeScope: 2_500 }
