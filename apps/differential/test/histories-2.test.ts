import { compareHistories } from './compare-histories.js'
import { histories } from './histories.js'

compareHistories(histories.seed + 1, histories.perFile, 'behind PgBouncer')
