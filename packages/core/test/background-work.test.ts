import { afterEach, expect, it } from 'vitest'
import { BackgroundWork } from '../src/background-work.js'

let isBusy = false
afterEach(() => {
  isBusy = false
})

/** Keeps every turn of the event loop for some milliseconds, until the test has ended. */
function keepBusy(milliseconds: number) {
  const state = { turns: 0 }
  isBusy = true
  const turn = () => {
    if (!isBusy) return
    state.turns += 1
    const end = performance.now() + milliseconds
    while (performance.now() < end);
    setImmediate(turn)
  }
  turn()
  return state
}

it('is due for a rest after a while, and not right after one', async () => {
  const work = new BackgroundWork(() => true)
  expect(work.isDue).toBe(false)
  await expect.poll(() => work.isDue, { interval: 1 }).toBe(true)
  await work.rest()
  expect(work.isDue).toBe(false)
})

it('leaves others one turn while nothing goes first, however much they have to do', async () => {
  const work = new BackgroundWork(() => false)
  const { turns } = await restBeside(work)
  expect(turns).toBeLessThanOrEqual(2)
})

it('leaves others several turns while something goes first, and goes on in the end', async () => {
  const work = new BackgroundWork(() => true)
  const { turns, milliseconds } = await restBeside(work)
  expect(turns).toBeGreaterThan(3)
  expect(milliseconds).toBeGreaterThan(15)
})

it('goes on as soon as what went first has ended', async () => {
  let left = 4
  const work = new BackgroundWork(() => left-- > 0)
  const { turns } = await restBeside(work)
  expect(turns).toBeLessThanOrEqual(6)
})

async function restBeside(work: BackgroundWork) {
  const state = keepBusy(1)
  const before = state.turns
  const start = performance.now()
  await work.rest()
  return { turns: state.turns - before, milliseconds: performance.now() - start }
}
