import pc from 'picocolors'
import type { Terminal } from './narrator.js'

const narrowest = 24
const widest = 100

/** The terminal on stdout. Elsewhere the width is that of `COLUMNS`, else 80; `NO_COLOR` and `FORCE_COLOR` are heeded. */
export function standardTerminal(): Terminal {
  const { stdout, env } = process
  const columns = stdout.isTTY ? stdout.columns : Number.parseInt(env.COLUMNS ?? '', 10)
  return {
    columns: Math.min(widest, Math.max(narrowest, columns || 80)),
    isInteractive: stdout.isTTY === true,
    // The library also paints for CI, where the output is a file.
    hasColors: pc.isColorSupported && (stdout.isTTY === true || Boolean(env.FORCE_COLOR)),
    write: (text) => void stdout.write(text),
  }
}
