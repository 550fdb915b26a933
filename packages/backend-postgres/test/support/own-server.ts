import { randomBytes } from 'node:crypto'
import { readlink } from 'node:fs/promises'
import { vi } from 'vitest'
import { realUrl } from './test-database.js'

/** What the scripts that start servers give; they are JavaScript. */
interface State {
  readonly how: string
  readonly url: string
  readonly server: { readonly pid: number } | null
  readonly root: string | null
}

interface BringUp {
  bringUp(options: object): Promise<{ readonly state: State }>
}

interface TakeDown {
  takeDown(options: { readonly instance: string; readonly removeData: boolean }): Promise<boolean>
}

const script = <T>(name: string): Promise<T> =>
  import(new URL(`../../../../.ci/db/src/${name}.mjs`, import.meta.url).href)

/** Whether a server can be started here that may be killed; the one of `DATABASE_URL` may not. */
export const canStartServers: boolean =
  realUrl !== undefined &&
  (await (await script<{ canUseDebian(): Promise<boolean> }>('way-debian')).canUseDebian())

/** A server of a test's own, that keeps its port and its data when it is started again. */
export class OwnServer {
  readonly #instance = `run-${process.pid}-${randomBytes(3).toString('hex')}`
  readonly #port: number
  readonly #settings: Readonly<Record<string, string>>
  #state: State | undefined

  private constructor(port: number, settings: Readonly<Record<string, string>>) {
    this.#port = port
    this.#settings = settings
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<OwnServer> {
    const server = new OwnServer(await freePort(), settings)
    try {
      await server.startAgain()
    } catch (error) {
      await server.stop()
      throw error
    }
    return server
  }

  get url(): string {
    return this.#running.url
  }

  /** The folder that the server sees as its root. */
  get root(): string {
    return String(this.#running.root)
  }

  get pid(): number {
    const pid = this.#running.server?.pid
    if (pid === undefined) throw new Error('the server has no process')
    return pid
  }

  /** Kills the server process that starts all others; those end by themselves when they notice. */
  kill(): void {
    process.kill(this.pid, 'SIGKILL')
  }

  /** The same, and waits until none of its processes is left. */
  async killAll(): Promise<void> {
    const { processesIn } = await script<{
      processesIn(folder: string, link: 'cwd'): Promise<readonly number[]>
    }>('processes-in')
    const folder = await readlink(`/proc/${this.pid}/cwd`)
    this.kill()
    await vi.waitUntil(async () => (await processesIn(folder, 'cwd')).length === 0, { timeout: 10_000 })
  }

  async startAgain(): Promise<void> {
    const [{ bringUp }, { identify }] = await Promise.all([
      script<BringUp>('bring-up'),
      script<{ identify(pid: number): object }>('process-identity'),
    ])
    const { state } = await bringUp({
      ...{ instance: this.#instance, keep: true, settings: this.#settings, port: this.#port },
      // The same as that of the whole run.
      version: process.env.HOLDFAST_TEST_SERVER_VERSION,
      owner: identify(process.pid),
      env: { ...process.env, DATABASE_URL: '' },
    })
    if (state.how !== 'debian') throw new Error('these tests need a server from Debian packages')
    this.#state = state
  }

  async stop(): Promise<void> {
    const { takeDown } = await script<TakeDown>('take-down')
    await takeDown({ instance: this.#instance, removeData: true })
  }

  get #running(): State {
    if (this.#state === undefined) throw new Error('the server was not started')
    return this.#state
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  return (await script<{ freePort(): Promise<number> }>('connection')).freePort()
}
