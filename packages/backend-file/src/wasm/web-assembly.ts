/** A `WebAssembly.Memory`, shared or used as if it were. Its buffer is another object after it has grown. */
export interface GrowingMemory {
  readonly buffer: SharedArrayBuffer
  /** @param pages of 64 KiB to add. @returns how many there were. @throws {RangeError} where there is no room. */
  grow(pages: number): number
}

/** What is used of WebAssembly, which the types of Node leave to those of browsers. */
export interface WebAssemblyPart {
  readonly Memory: new (size: { initial: number; maximum: number; shared: boolean }) => GrowingMemory
  /** Whether the bytes are a module that this engine and this processor can run. */
  readonly validate: (bytes: Uint8Array) => boolean
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> }
}

/** `undefined` in a process that was started without WebAssembly. */
export const webAssembly: WebAssemblyPart | undefined = (
  globalThis as { readonly WebAssembly?: WebAssemblyPart }
).WebAssembly

const compiled = new Map<string, object>()

/**
 * The exports of a module over a memory. `undefined` where the engine or the processor cannot run it, and for memory
 * that is not WebAssembly's. It is compiled once in a thread.
 * @param bytes of the module, in base64.
 */
export function instantiate(
  bytes: string,
  memory: Pick<GrowingMemory, 'buffer'>,
  engine: WebAssemblyPart | undefined,
): Readonly<Record<string, unknown>> | undefined {
  if (engine === undefined || !(memory instanceof engine.Memory)) return undefined
  const decoded = Buffer.from(bytes, 'base64')
  if (!engine.validate(decoded)) return undefined
  const module = compiled.get(bytes) ?? new engine.Module(decoded)
  compiled.set(bytes, module)
  return new engine.Instance(module, { scan: { memory } }).exports
}
