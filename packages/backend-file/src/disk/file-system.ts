/** What `stat` tells about a file or directory. */
export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'other'
  readonly size: number
  /** Permission bits, `0o777` at most. */
  readonly mode: number
  /** Which file it is, whatever its name: device and inode. */
  readonly identity: string
  /** Changes whenever the content is replaced or written to: identity, size and time of the last change. */
  readonly version: string
  /** Time of the last change of the content, as finely as the system tells it. */
  readonly modified: string
  /**
   * Time of the last change of the content or of what the system keeps beside it, its name among that. Unlike `modified`
   * no program can set it.
   */
  readonly changed: string
}

/** An open file. Positions and lengths are bytes. */
export interface OpenFile {
  /** The descriptor, for a lock that a child process takes on it. */
  readonly descriptor: number
  /** Reads at most `into.length` bytes at `position`; 0 at the end of the file. May read fewer. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Writes at `position` and says how many bytes it took. May write fewer. */
  write(from: Uint8Array, position: number): Promise<number>
  /** Resolves when content and size are on stable storage. */
  sync(): Promise<void>
  truncate(size: number): Promise<void>
  setMode(mode: number): Promise<void>
  stat(): Promise<FileFacts>
  close(): Promise<void>
}

/**
 * `read`: an existing file or directory, for reading. `create`: a new file, for reading and writing; `EEXIST` when
 * something has that name, so that nothing is ever written through a link that somebody else put there.
 */
export type OpenMode = 'read' | 'create'

/**
 * The only way this package touches a disk, so that a simulated one can take its place. Errors are those of Node,
 * with their `code`.
 */
export interface FileSystem {
  open(path: string, mode: OpenMode, permissions?: number): Promise<OpenFile>
  stat(path: string): Promise<FileFacts>
  readdir(path: string): Promise<readonly string[]>
  mkdir(path: string): Promise<void>
  rmdir(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Gives a file a second name; `EEXIST` when the name is taken. */
  link(existing: string, name: string): Promise<void>
  unlink(path: string): Promise<void>
  /** Makes a new file with the content of another, sharing its blocks where the file system can; `EEXIST`. */
  copy(from: string, to: string): Promise<void>
  /** Resolves when the names in the directory are on stable storage. */
  syncDirectory(path: string): Promise<void>
  /** The number that `statfs` gives for the kind of file system. */
  fileSystemType(path: string): Promise<number>
}
