/**
 * A process with a store in it that does what its parent says: one JSON line a call on standard input, on standard
 * output one line when the call begins and one when it has ended. `remote-store.ts` is the other side.
 *
 * Lines are written synchronously: what is said has reached the parent, however this process ends.
 */
import * as childProcess from 'node:child_process'
import * as fs from 'node:fs'
import { createInterface } from 'node:readline'

const { FileBackend } = await import(process.argv[2])

let store
const hoard = []

/** Descriptors are opened until the system refuses, then `free` of them are given back. */
const descriptors = {
  fill(free) {
    try {
      for (;;) hoard.push(fs.openSync('/dev/null'))
    } catch (error) {
      if (error.code !== 'EMFILE') throw error
    }
    for (const descriptor of hoard.splice(0, free)) fs.closeSync(descriptor)
  },
  empty() {
    for (const descriptor of hoard.splice(0)) fs.closeSync(descriptor)
  },
}

const process_ = {
  async open(options) {
    store = await FileBackend.open(options)
  },
  /** Gives up the rights of the superuser. After the program has been read, which others may not be able to. */
  become(user) {
    process.setgroups([])
    process.setgid(user)
    process.setuid(user)
  },
}

const targets = {
  process: () => process_,
  store: () => store,
  admin: () => store.admin,
  descriptors: () => descriptors,
  files: () => fs,
  commands: () => childProcess,
}

function plain(_key, value) {
  if (value instanceof Float32Array) return [...value]
  if (value instanceof Map) return [...value]
  return value
}

function say(message) {
  const line = Buffer.from(`${JSON.stringify(message, plain)}\n`)
  for (let at = 0; at < line.length; ) at += fs.writeSync(1, line, at)
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, target, method, args } = JSON.parse(line)
  say({ id, begun: true })
  try {
    const value = await targets[target]()[method](...args)
    say({ id, value: value ?? null })
  } catch (error) {
    say({ id, refused: { name: error.name, code: error.code ?? null, message: error.message } })
  }
})
say({ ready: true })
