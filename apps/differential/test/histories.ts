/**
 * How many histories, and which. They are in two files so that two processors share the work. A longer search:
 * see the README.
 */
export const histories = {
  seed: Number(process.env.HOLDFAST_SEED ?? 60_001),
  perFile: Math.ceil(Number(process.env.HOLDFAST_HISTORIES ?? 2_000) / 2),
} as const
