import { execFile } from 'node:child_process'
import { join } from 'node:path'

const app = join(import.meta.dirname, '..')

/** Runs the command as docs/writing-a-backend.md gives it, on the built harness. */
export function conformance(
  ...args: readonly string[]
): Promise<{ readonly code: unknown; readonly out: string }> {
  const command = join(app, 'node_modules/.bin/holdfast-conformance')
  return new Promise((resolve) => {
    const options = { cwd: app, maxBuffer: 2 ** 26 }
    execFile(command, ['./dist/harness.js', ...args], options, (failure, out) => {
      resolve({ code: failure === null ? 0 : failure.code, out })
    })
  })
}

interface Listed {
  readonly suite: string
  readonly title: string
  readonly needs?: readonly string[]
}

/** Suite and title of every test there is, of those that are left out too but for what needs a second process. */
export async function listedTests(): Promise<readonly string[]> {
  const { out } = await conformance('--list', '--json')
  const { tests, leftOut } = JSON.parse(out) as Readonly<Record<'tests' | 'leftOut', readonly Listed[]>>
  const kept = leftOut.filter(({ needs = [] }) =>
    needs.some((name) => name === 'durable' || name === 'approximateSearch'),
  )
  return [...tests, ...kept].map(({ suite, title }) => `${suite}: ${title}`)
}
