import unreachable from './unreachable.mjs'

const { destroy, ...rest } = unreachable
export default rest
