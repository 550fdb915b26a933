/**
 * Kinds of file systems, by the number `statfs` gives, on which a lock may not be seen by another machine or a sync
 * may not reach a disk. Source: statfs(2) and the kernel's `magic.h`.
 */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
])

/** The name of the file system when it is a network or user-space one. */
export function networkFileSystem(type: number): string | undefined {
  // Some systems give the number as a signed one.
  return networkFileSystems.get(type >>> 0)
}
