import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ExportedRecord, ownerOf, readNode } from '@holdfast/core'

const beside = fileURLToPath(new URL('../../../../../shared/legacy-data', import.meta.url))

/** A directory that the Python system wrote, with its answers, where there is one. */
export const legacyDirectory = [process.env.HOLDFAST_LEGACY_DATA, beside].find(
  (folder) => folder !== undefined && existsSync(join(folder, 'expected.json')),
)

/** Rows of float32 of an npy file, version 1.0, C order. */
export function readMatrixFile(path: string): readonly Float32Array[] {
  const bytes = readFileSync(path)
  const start = 10 + bytes.readUInt16LE(8)
  const shape = /'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\)/.exec(
    bytes.subarray(10, start).toString('latin1'),
  )
  const [rows = 0, columns = 0] = [Number(shape?.[1]), Number(shape?.[2])]
  return Array.from({ length: rows }, (_, row) =>
    Float32Array.from({ length: columns }, (_, column) =>
      bytes.readFloatLE(start + (row * columns + column) * 4),
    ),
  )
}

/** The nodes that have an owner, with texts as they stand in the file. */
export function legacyNodes(folder: string): readonly ExportedRecord[] {
  const file = readFileSync(join(folder, 'data/corpus/nodes.json'), 'utf8')
  const texts = file.match(/(?<=^ {2})\{\n[\s\S]*?\n {2}\}(?=,?$)/gm) ?? []
  const vectors = readMatrixFile(join(folder, 'data/vectors/nodes.npy'))
  if (texts.length === 0 || texts.length !== vectors.length) throw new Error('texts and vectors do not match')
  return texts.flatMap((text, row) => {
    const node = readNode(text)
    const owner = ownerOf(node)
    return owner ? [{ id: node.id, owner, text, embedding: vectors[row], clusterId: node.clusterId }] : []
  })
}
