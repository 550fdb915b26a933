// One of the processes that race for a lock. It takes it again and again, and while it has it, it leaves traces that
// another holder would disturb or find. What it does and sees it says in lines of JSON; what it is to do it is told in
// lines on its input: `probe <n>`, `leave`.
import { openSync, readlinkSync, readSync, symlinkSync, unlinkSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'

const [, , locks, kind, dataDir, arena, seed] = process.argv
const { [kind]: take } = await import(locks)

const witness = `${arena}/witness`
const counterWidth = 12
const counter = openSync(`${arena}/counter`, 'r+')
let state = Number(seed)
let probe = 0
let leave = () => {}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [command, number] = line.split(' ')
    if (command === 'probe') probe = Number(number)
    else leave()
  })
  // Nobody is there any more to tell it anything.
  .on('close', () => process.exit(1))

function random(below) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}

/** Written at once, so that a kill right afterwards loses no line. */
function say(message) {
  writeSync(1, `${JSON.stringify(message)}\n`)
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

function readCounter() {
  const bytes = Buffer.alloc(counterWidth)
  readSync(counter, bytes, 0, counterWidth, 0)
  return Number(bytes.toString())
}

/** In one call, so that a kill leaves the old number or the new one. */
function writeCounter(value) {
  writeSync(counter, String(value).padStart(counterWidth, '0'), 0)
}

async function stateOf(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ') X')
  const letter = stat.charAt(stat.lastIndexOf(')') + 2)
  if (letter === 'Z' || letter === 'X') return 'ended'
  return letter === 'T' ? 'stopped' : 'running'
}

/** A link is made in one call together with what it says, and only where there is none. */
async function leaveWitness() {
  for (;;) {
    try {
      symlinkSync(String(process.pid), witness)
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      const other = readWitness()
      say({ event: 'found', pid: other, state: await stateOf(other) })
      removeWitness()
    }
  }
}

function readWitness() {
  try {
    return Number(readlinkSync(witness))
  } catch {
    return 0
  }
}

function removeWitness() {
  try {
    unlinkSync(witness)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}

async function hold(lock) {
  const isToLeave = new Promise((resolve) => {
    leave = resolve
  })
  await leaveWitness()
  const value = readCounter() + 1
  await pause(random(3))
  writeCounter(value)
  say({ event: 'holds', counter: value })
  await isToLeave
  const isAlone = readWitness() === process.pid && readCounter() === value
  const isHeld = await lock.assertHeld().then(
    () => true,
    () => false,
  )
  say({ event: 'leaves', isAlone, isHeld })
  if (readWitness() === process.pid) removeWitness()
}

for (;;) {
  const seen = probe
  let lock
  try {
    lock = await take(dataDir)
  } catch (error) {
    if (error.code !== 'LOCKED') {
      say({ event: 'failed', error: `${error.code} ${error.message}` })
      process.exit(1)
    }
    say({ event: 'refused', probe: seen })
    await pause(3 + random(50))
    continue
  }
  await hold(lock)
  await lock.release()
  await pause(random(6))
}
