import type { Piece } from '../disk/pieces.js'
import { formatNpyHeader, type NpyHeader } from '../npy/npy-header.js'
import type { CollectionChange } from './collection-change.js'

/** How a new matrix is put together, and its head. */
export interface VectorPlan {
  readonly pieces: readonly Piece[]
  readonly header: NpyHeader
}

/** The file as `numpy.save` writes it. A row without a vector holds zeros. */
export function planVectors(change: CollectionChange, columns: number): VectorPlan {
  const { table, vectors } = change.base
  const width = columns * 4
  const head = formatNpyHeader(change.count, columns)
  const pieces: Piece[] = [head]
  // A matrix of another width holds nothing but zeros: see `decideDimensions`.
  const source = vectors?.columns === columns ? vectors : undefined
  const keep = (from: number, to: number) => {
    if (to <= from) return
    const length = (to - from) * width
    pieces.push(source ? { from: source.file, offset: source.offset(from), length } : { zeros: length })
  }
  let kept = 0
  for (const [row, { vector }] of [...change.replaced].sort(([a], [b]) => a - b)) {
    if (vector === 'kept') continue
    keep(kept, row)
    pieces.push(vectorPiece(vector, width))
    kept = row + 1
  }
  keep(kept, table.count)
  for (const { vector } of change.added) pieces.push(vectorPiece(vector, width))
  return { pieces, header: { rows: change.count, columns, dataOffset: head.length } }
}

function vectorPiece(vector: Float32Array | undefined | 'kept', width: number): Piece {
  if (!(vector instanceof Float32Array)) return { zeros: width }
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
}
