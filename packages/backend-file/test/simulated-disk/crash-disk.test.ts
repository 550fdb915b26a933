import { describe, expect, it } from 'vitest'
import { type ContentDamage, type CrashDamage, crashDamages, type NameDamage } from './crash-damage.js'
import { crashDisk } from './crash-disk.js'
import { seededRandom } from './seeded-random.js'
import { SimulatedDisk } from './simulated-disk.js'

const lose = { kind: 'lose' } as const
const keep = { kind: 'keep' } as const
const power = (content: ContentDamage, names: NameDamage): CrashDamage => ({ kind: 'power', content, names })

async function put(disk: SimulatedDisk, path: string, text: string, { synced = false } = {}) {
  const file = await disk.open(path, 'create')
  await file.write(Buffer.from(text), 0)
  if (synced) await file.sync()
  return file
}

/** Every path of a disk after a crash, with its text. */
function after(disk: SimulatedDisk, damage: CrashDamage): Record<string, string> {
  const found: Record<string, string> = {}
  const walk = (directory: ReturnType<typeof crashDisk>, path: string) => {
    for (const [name, node] of directory.current) {
      if (node.kind === 'file') found[path + name] = Buffer.from(node.current.all()).toString()
      else walk(node, `${path}${name}/`)
    }
  }
  walk(crashDisk(disk.tree.root, damage), '')
  return found
}

/** Every state that is tried, each once. */
function states(disk: SimulatedDisk): readonly string[] {
  const damages = crashDamages(disk.tree.root, seededRandom(1), { cuts: 100, seeds: 20 })
  return [...new Set(damages.map((damage) => JSON.stringify(after(disk, damage))))].sort()
}

describe('a crash of the simulated disk', () => {
  it('takes content that was not synced and names whose directory was not', async () => {
    const disk = new SimulatedDisk()
    const file = await put(disk, '/a', 'one', { synced: true })
    expect(after(disk, power(keep, lose))).toEqual({})
    await disk.syncDirectory('/')
    await file.write(Buffer.from('TWO'), 3)
    expect(after(disk, power(lose, lose))).toEqual({ a: 'one' })
    expect(after(disk, power(keep, lose))).toEqual({ a: 'oneTWO' })
    expect(after(disk, { kind: 'kill' })).toEqual({ a: 'oneTWO' })
    await file.sync()
    expect(after(disk, power(lose, lose))).toEqual({ a: 'oneTWO' })
    expect(states(disk)).toEqual(['{"a":"oneTWO"}'])
  })

  it('can show a name without its content', async () => {
    const disk = new SimulatedDisk()
    await put(disk, '/a', 'one')
    expect(after(disk, power(lose, keep))).toEqual({ a: '' })
  })

  it('keeps a later write and loses an earlier one', async () => {
    const disk = new SimulatedDisk()
    const file = await put(disk, '/a', 'AB', { synced: true })
    await disk.syncDirectory('/')
    await file.write(Buffer.from('c'), 2)
    await file.write(Buffer.from('d'), 3)
    expect(states(disk)).toEqual(
      expect.arrayContaining(['AB', 'ABc', 'ABcd', 'AB\0d'].map((a) => JSON.stringify({ a }))),
    )
  })

  it('tears a write at a sector and leaves zeros', async () => {
    const disk = new SimulatedDisk()
    const file = await put(disk, '/a', 'x', { synced: true })
    await disk.syncDirectory('/')
    await file.write(Buffer.alloc(1100, 'y'), 1)
    const contents = states(disk).map((state) => String(JSON.parse(state).a))
    for (const wanted of [
      'y'.repeat(511),
      'y'.repeat(1023),
      `${'\0'.repeat(511)}${'y'.repeat(589)}`,
      '\0'.repeat(1100),
    ]) {
      expect([wanted.length, contents.includes(`x${wanted}`)]).toEqual([wanted.length, true])
    }
  })

  it('renames within a directory as a whole, and between two without ever losing the file', async () => {
    const disk = new SimulatedDisk()
    await put(disk, '/a', 'old', { synced: true })
    await put(disk, '/b', 'new', { synced: true })
    await disk.mkdir('/d')
    await disk.syncDirectory('/')
    await disk.rename('/b', '/a')
    expect(states(disk)).toEqual(['{"a":"new"}', '{"a":"old","b":"new"}'])
    await disk.syncDirectory('/')
    await disk.rename('/a', '/d/c')
    expect(states(disk)).toEqual(['{"a":"new","d/c":"new"}', '{"a":"new"}', '{"d/c":"new"}'])
    await disk.syncDirectory('/')
    expect(states(disk)).toEqual(['{"d/c":"new"}'])
  })

  it('shows every subset of lost removals and links', async () => {
    const disk = new SimulatedDisk()
    await put(disk, '/a', '1', { synced: true })
    await disk.syncDirectory('/')
    await disk.link('/a', '/b')
    await disk.unlink('/a')
    expect(states(disk)).toEqual(['{"a":"1","b":"1"}', '{"a":"1"}', '{"b":"1"}', '{}'])
  })

  it('forgets what a failed sync was to write, whatever is synced later', async () => {
    const disk = new SimulatedDisk({ faults: [{ call: 4, effect: 'EIO' }] })
    const file = await put(disk, '/a', 'A', { synced: true })
    await file.write(Buffer.from('B'), 1)
    await expect(file.sync())
      .rejects.toMatchObject({ code: 'EIO' })
      .catch(() => {})
    expect(disk.faultHits).toBe(1)
    await disk.syncDirectory('/')
    await file.write(Buffer.from('C'), 2)
    await file.sync()
    expect(after(disk, { kind: 'kill' })).toEqual({ a: 'ABC' })
    expect(after(disk, power(lose, lose))).toEqual({ a: 'A\0C' })
  })

  it('gives the same states for the same seed, and leaves the disk as it was', async () => {
    const disk = new SimulatedDisk()
    await put(disk, '/a', 'text')
    expect(states(disk)).toEqual(states(disk))
    expect(after(disk, { kind: 'kill' })).toEqual({ a: 'text' })
  })
})

describe('faults of the simulated disk', () => {
  it('fill it up: a short write, then no space, and room again after a removal', async () => {
    const disk = new SimulatedDisk({ quota: 10 })
    const first = await put(disk, '/a', '123456')
    const second = await disk.open('/b', 'create')
    expect(await second.write(Buffer.from('123456'), 0)).toBe(4)
    await expect(second.write(Buffer.from('56'), 4)).rejects.toMatchObject({ code: 'ENOSPC' })
    await first.close()
    await disk.unlink('/a')
    expect(await second.write(Buffer.from('56'), 4)).toBe(2)
    expect([disk.bytesWritten, disk.openFiles]).toEqual([12, ['/b']])
  })

  it('happen once or for ever, at the call they are for', async () => {
    for (const sticky of [false, true]) {
      const disk = new SimulatedDisk({ faults: [{ call: 1, effect: 'EMFILE', sticky }] })
      await put(disk, '/never', '').catch(() => {})
      const later = new SimulatedDisk({ faults: [{ call: 0, effect: 'EMFILE', sticky }] })
      await expect(later.open('/a', 'create')).rejects.toMatchObject({ code: 'EMFILE' })
      const outcome = await later.open('/a', 'create').then(
        () => 'opened',
        (error) => error.code,
      )
      expect(outcome).toBe(sticky ? 'EMFILE' : 'opened')
      expect(disk.faultHits).toBe(1)
    }
  })
})
