import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const beside = fileURLToPath(new URL('../../../../../shared/legacy-data', import.meta.url))
const root = process.env.HOLDFAST_LEGACY_DATA ?? beside

/** A directory that the Python system wrote, with the results it gave; `undefined` where it is not at hand. */
export const legacyData = existsSync(join(root, 'expected.json')) ? root : undefined
