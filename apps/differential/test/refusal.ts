/** A refusal: a code of `MemoryError`, `TypeError` or `RangeError`. */
export class Refusal extends Error {}
