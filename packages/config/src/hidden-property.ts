/**
 * Adds properties that only a reader who asks for them by name gets to see: `JSON.stringify`, `console.log`, object
 * spread and assertion diffs pass them over.
 */
export function withHidden<T extends object>(
  target: T,
  hidden: Readonly<Partial<Record<string, string>>>,
): T {
  for (const [name, value] of Object.entries(hidden)) {
    if (value !== undefined) Object.defineProperty(target, name, { value, enumerable: false })
  }
  return target
}
