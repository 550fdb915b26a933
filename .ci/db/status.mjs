#!/usr/bin/env node
import { describe } from './src/bring-up.mjs'
import { exitCodes, runMain } from './src/failure.mjs'
import { instancePlaces, MAIN_INSTANCE } from './src/places.mjs'
import { isAnswering } from './src/server-health.mjs'
import { readRecord } from './src/state.mjs'

await runMain(async () => {
  /** @type {import('./src/state.mjs').State | undefined} */
  const state = await readRecord(instancePlaces(MAIN_INSTANCE).state)
  if (state === undefined) {
    process.stdout.write('not running\n')
    return exitCodes.notRunning
  }
  if (!state.ready || !(await isAnswering(state))) {
    process.stdout.write(`does not answer: ${describe(state)}\n`)
    return exitCodes.notRunning
  }
  process.stdout.write(`running: ${describe(state)}\n`)
  return exitCodes.ok
})
