const pattern = /^journal-([0-9a-f]{16})\.log$/

/** The name of the journal of a generation; names sort as generations do. */
export function journalName(generation: number): string {
  return `journal-${generation.toString(16).padStart(16, '0')}.log`
}

/** The name a journal has until all it begins with is on stable storage. */
export function unfinishedName(name: string): string {
  return `${name}.new`
}

export function isUnfinished(name: string): boolean {
  return name.endsWith('.new') && pattern.test(name.slice(0, -'.new'.length))
}

/** `undefined` for a file that is no journal. */
export function generationOf(name: string): number | undefined {
  const match = pattern.exec(name)
  return match?.[1] === undefined ? undefined : Number.parseInt(match[1], 16)
}

/** The name of the file that says how much of a journal was acknowledged. */
export function markName(generation: number): string {
  return journalName(generation).replace(/log$/, 'ack')
}
