import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds between two looks at the loop. */
const step = 1

/** How long nothing else could run, at most, in milliseconds. */
export interface LongestBlock {
  /** Node's own histogram. */
  readonly histogram: number
  /** A timer's delay. */
  readonly timer: number
}

/** Watches the event loop in two ways while work is done. */
export async function longestBlock(work: () => Promise<unknown>): Promise<LongestBlock> {
  const histogram = monitorEventLoopDelay({ resolution: step })
  let [last, timer] = [performance.now(), 0]
  const interval = setInterval(() => {
    const now = performance.now()
    timer = Math.max(timer, now - last - step)
    last = now
  }, step)
  histogram.enable()
  try {
    await work()
    // What the last bit of work held up is seen by the timers behind it.
    await new Promise((resolve) => setTimeout(resolve, 2 * step))
  } finally {
    histogram.disable()
    clearInterval(interval)
  }
  return { histogram: Math.max(0, histogram.max / 1e6 - step), timer }
}
