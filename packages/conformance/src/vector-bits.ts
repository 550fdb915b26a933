/** The bits of a vector, which tell -0 from 0 and show any rounding. */
export function bitsOf(vector: Float32Array): readonly number[] {
  return Array.from(new Uint32Array(vector.slice().buffer))
}

/** 8 components that rounding, scaling or a text format would change. */
export const fragileVector: Float32Array = Float32Array.of(
  -0,
  0.1,
  -1 / 3,
  1e-45,
  1.17549435e-38,
  3.4028234663852886e38,
  16_777_217,
  -1.0000001,
)
