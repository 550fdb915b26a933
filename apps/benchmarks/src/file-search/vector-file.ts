import { type FileHandle, open } from 'node:fs/promises'

/** Of the files that {@link vectorFileHeader} begins; NumPy pads to a multiple of 64. */
export const vectorFileHeaderBytes = 128

/**
 * The first bytes of a matrix of float32 as `numpy.save` writes it.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0.
 */
export function vectorFileHeader(rows: number, dimensions: number): Buffer {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${dimensions}), }`
  const header = Buffer.alloc(vectorFileHeaderBytes, ' ')
  header.write('\x93NUMPY\x01\x00', 'latin1')
  header.writeUInt16LE(vectorFileHeaderBytes - 10, 8)
  header.write(dictionary, 10, 'latin1')
  header.write('\n', vectorFileHeaderBytes - 1, 'latin1')
  return header
}

/** The first rows of a file that {@link vectorFileHeader} begins. @throws {Error} when it has fewer. */
export async function readVectorFile(path: string, rows: number, dimensions: number): Promise<Float32Array> {
  const vectors = new Float32Array(rows * dimensions)
  const bytes = new Uint8Array(vectors.buffer)
  const file = await open(path, 'r')
  try {
    await fill(file, bytes)
  } finally {
    await file.close()
  }
  return vectors
}

async function fill(file: FileHandle, bytes: Uint8Array): Promise<void> {
  // A single read gives 2 GiB at most.
  const step = 2 ** 28
  for (let at = 0; at < bytes.length; ) {
    const length = Math.min(step, bytes.length - at)
    const { bytesRead } = await file.read(bytes, at, length, vectorFileHeaderBytes + at)
    if (bytesRead === 0) throw new Error('the file of vectors has fewer rows than it should')
    at += bytesRead
  }
}
