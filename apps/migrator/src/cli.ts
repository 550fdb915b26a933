#!/usr/bin/env node
import { exitCodes } from './exit-codes.js'
import { main } from './main.js'
import { watchOutputs } from './output-loss.js'

const loss = watchOutputs([process.stdout, process.stderr])
const exitCode = await main(process.argv.slice(2), process)
process.exitCode = exitCode
// A failed write is told after the call.
process.once('exit', () => {
  if (loss.lost && exitCode === exitCodes.ok) process.exitCode = exitCodes.cannotOpen
})
