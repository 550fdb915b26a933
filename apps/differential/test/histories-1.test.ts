import { compareHistories } from './compare-histories.js'
import { histories } from './histories.js'

compareHistories(histories.seed, histories.perFile, 'directly')
