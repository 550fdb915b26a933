import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFully } from '../../src/disk/pieces.js'
import type { SimulatedDisk } from '../simulated-disk/simulated-disk.js'

/** Copies a real directory to a simulated disk, durably. */
export async function importDirectory(disk: SimulatedDisk, from: string, to: string): Promise<void> {
  await disk.mkdir(to)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), `${to}/${entry.name}`]
    if (entry.isDirectory()) {
      await importDirectory(disk, source, target)
      continue
    }
    const file = await disk.open(target, 'create')
    await writeFully(file, await readFile(source), 0)
    await file.sync()
    await file.close()
  }
  await disk.syncDirectory(to)
}
