import { spawn } from 'node:child_process'
import { Failure } from './failure.mjs'

/**
 * @typedef {object} CommandOptions
 * @property {NodeJS.ProcessEnv} [env] the whole environment; default is this process's own
 * @property {string} [cwd] working folder; default is this process's own
 * @property {number} [timeoutMs] the command is killed after this many milliseconds
 */

/**
 * @typedef {object} CommandResult
 * @property {number} code exit code; 127 when the program could not be started, 124 after a timeout
 * @property {string} stdout
 * @property {string} stderr
 */

/** Hides the user part of every URL: a package mirror can carry a password there. */
const withoutCredentials = (/** @type {string} */ text) => text.replace(/:\/\/[^\s/@]*@/g, '://***@')

/**
 * Runs a program without a shell and collects its output. Never throws for an exit code.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 * @returns {Promise<CommandResult>}
 */
export function run(file, args, { env = process.env, cwd, timeoutMs } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env: withSystemFolders(env), cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    let timedOut = false
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true
            child.kill('SIGKILL')
            // A grandchild may hold the pipes open: do not wait for it.
            child.stdout.destroy()
            child.stderr.destroy()
          }, timeoutMs)
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', (error) => {
      clearTimeout(timer)
      resolve({ code: 127, stdout, stderr: error.message })
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code: timedOut ? 124 : (code ?? 1), stdout, stderr })
    })
  })
}

/**
 * Like `run`, but an exit code other than 0 is a `Failure` that carries the last lines of the output.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {CommandOptions & { readonly what: string }} options `what` completes "could not …"
 * @returns {Promise<string>} standard output
 */
export async function mustRun(file, args, options) {
  const result = await run(file, args, options)
  if (result.code === 0) return result.stdout
  const lines = withoutCredentials(`${result.stdout}\n${result.stderr}`).trim().split('\n').slice(-8)
  throw new Failure(`could not ${options.what} (${file} exit ${result.code}):\n  ${lines.join('\n  ')}`)
}

/**
 * `chroot` lies in /usr/sbin, which a shell started by `su` or a CI runner may leave out of PATH.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
function withSystemFolders(env) {
  const path = env.PATH ?? '/usr/local/bin:/usr/bin:/bin'
  return { ...env, PATH: `${path}:/usr/sbin:/sbin` }
}
