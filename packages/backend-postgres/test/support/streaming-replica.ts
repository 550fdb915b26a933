import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { vi } from 'vitest'
import { freePort, type OwnServer } from './own-server.js'

interface DebianRoot {
  readonly BINARIES: string
  readonly SERVER_UID: number
}

/** A server that streams the log of another one, in a folder beside that one's. */
export class StreamingReplica {
  readonly #folder: string
  readonly #process: ChildProcess
  readonly #url: URL

  private constructor(folder: string, child: ChildProcess, url: URL) {
    this.#folder = folder
    this.#process = child
    this.#url = url
  }

  static async of(primary: OwnServer): Promise<StreamingReplica> {
    const scripts: DebianRoot = await import(
      new URL('../../../../.ci/db/src/debian-root.mjs', import.meta.url).href
    )
    const { BINARIES, SERVER_UID } = scripts
    const cluster = `/replica-${process.pid}-${randomBytes(3).toString('hex')}`
    const folder = join(primary.root, cluster)
    await mkdir(folder, { mode: 0o700 })
    await chown(folder, SERVER_UID, SERVER_UID)
    const url = new URL(primary.url)
    const inRoot = (command: string, args: readonly string[]) =>
      spawn(
        'chroot',
        [`--userspec=${SERVER_UID}:${SERVER_UID}`, primary.root, `${BINARIES}/${command}`, ...args],
        {
          env: {
            PATH: `${BINARIES}:/usr/sbin:/usr/bin:/sbin:/bin`,
            LC_ALL: 'C.UTF-8',
            TZ: 'UTC',
            PGPASSWORD: decodeURIComponent(url.password),
          },
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      )
    try {
      const login = ['-h', url.hostname, '-p', url.port, '-U', url.username]
      const copying = inRoot('pg_basebackup', [
        '-D',
        cluster,
        '-R',
        '-X',
        'stream',
        '-c',
        'fast',
        '--no-sync',
        ...login,
      ])
      const said = collect(copying)
      const [code] = await once(copying, 'close')
      if (code !== 0) throw new Error(`pg_basebackup: ${said()}`)
      url.port = String(await freePort())
      const settings = [
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
        '-c',
        'fsync=off',
      ]
      const child = inRoot('postgres', ['-D', cluster, '-p', url.port, ...settings])
      const log = collect(child)
      const replica = new StreamingReplica(folder, child, url)
      try {
        await vi.waitUntil(
          () =>
            replica.query('SELECT 1').then(
              () => true,
              () => false,
            ),
          { timeout: 60_000, interval: 100 },
        )
      } catch (error) {
        await replica.stop()
        throw new Error(`the replica does not answer: ${log()}`, { cause: error })
      }
      return replica
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  get url(): string {
    return this.#url.href
  }

  async query(sql: string): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }

  /** Ends it as a crash does. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGQUIT')
      await once(this.#process, 'close')
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}

/** The end of what a process writes to its error output. */
function collect(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    text = `${text}${chunk}`.slice(-2000)
  })
  return () => text
}
