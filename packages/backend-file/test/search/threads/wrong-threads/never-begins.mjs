// Is there, and does nothing.
import { parentPort } from 'node:worker_threads'

parentPort.on('message', () => {})
parentPort.postMessage({ type: 'ready' })
