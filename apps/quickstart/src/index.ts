export { Narrator, type Terminal } from './narrator.js'
export { OpenFailure } from './open-failure.js'
export { type QuickstartOptions, quickstart } from './quickstart.js'
