import type { PooledClient } from './queryable-pool.js'

/** The part of a socket that is used. */
interface Socket {
  readonly writableNeedDrain: boolean
  once(event: 'drain' | 'close', listener: () => void): unknown
  removeListener(event: 'drain' | 'close', listener: () => void): unknown
}

/**
 * Resolves when what was sent on a client's connection has left this process, or the connection is closed. The system
 * takes some hundred kilobytes at once; the rest waits for this thread, and the server with it. Where the driver has no
 * socket of its own, it resolves as soon as what waits could be handed over.
 */
export async function bytesSent(client: PooledClient): Promise<void> {
  await new Promise(setImmediate)
  const socket = socketOf(client)
  if (socket?.writableNeedDrain !== true) return
  await new Promise<void>((resolve) => {
    const done = () => {
      socket.removeListener('drain', done)
      socket.removeListener('close', done)
      resolve()
    }
    socket.once('drain', done)
    socket.once('close', done)
  })
}

function socketOf(client: PooledClient): Socket | undefined {
  const connection: unknown = 'connection' in client ? client.connection : undefined
  if (typeof connection !== 'object' || connection === null || !('stream' in connection)) return undefined
  const { stream } = connection
  return typeof stream === 'object' && stream !== null && 'writableNeedDrain' in stream
    ? (stream as Socket)
    : undefined
}
