/**
 * A vector in pgvector's binary form, which `pg` sends as it is: int16 dimensions, int16 0, float32 values, all
 * big-endian. Source: `vector_recv` in pgvector's src/vector.c.
 */
export function vectorParameter(vector: Float32Array): Buffer {
  const buffer = Buffer.alloc(4 + vector.byteLength)
  buffer.writeUInt16BE(vector.length, 0)
  for (const [index, value] of vector.entries()) buffer.writeFloatBE(value, 4 + 4 * index)
  return buffer
}
