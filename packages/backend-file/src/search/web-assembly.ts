import type { ScanMemory } from './quantised-rows.js'

/** A shared `WebAssembly.Memory`. */
export interface GrowingMemory extends ScanMemory {
  /** @param pages of 64 KiB to add. @returns how many there were. @throws {RangeError} where there is no room. */
  grow(pages: number): number
}

/** What is used of WebAssembly, which the types of Node leave to those of browsers. */
export interface WebAssemblyPart {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => GrowingMemory
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
