/** Whether an output failed for another reason than that nobody reads it any more. */
export interface OutputLoss {
  readonly lost: boolean
}

/**
 * Keeps a command going when its output cannot be written: without a listener the error would end the process in the
 * middle of a copy. A reader that has left (`| head`) has what it wanted; a full disk has lost the result.
 */
export function watchOutputs(outputs: readonly NodeJS.WritableStream[]): OutputLoss {
  const loss = { lost: false }
  for (const output of outputs) {
    output.on('error', (error) => {
      if (!('code' in error && error.code === 'EPIPE')) loss.lost = true
    })
  }
  return loss
}
