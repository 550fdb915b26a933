/** Whether an import failed because one of these packages is not installed. */
export function isMissingPackage(error: unknown, names: readonly string[]): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  // The first is what `import` says, the second what `require` inside a CommonJS package says.
  const isMissing = error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND'
  return isMissing && names.some((name) => error.message.includes(`'${name}'`))
}
