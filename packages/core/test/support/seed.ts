import fc from 'fast-check'

/** The seed of this run: new each time, printed by fast-check when a property fails, and set by HOLDFAST_SEED. */
export const seed = Number(process.env.HOLDFAST_SEED ?? Date.now() % 2 ** 31)

fc.configureGlobal({ seed })

/** A text of UTF-16 units of every kind, lone surrogates too. */
export const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)),
})

/** Texts that are easily taken for one another. */
export const trickyText = fc.oneof(
  fc.constantFrom(
    '1',
    '10',
    '%',
    '*',
    '_',
    ' 1',
    '1 ',
    'A',
    'a',
    't:a',
    'u:a',
    'a:b',
    '__proto__',
    'é',
    'e\u0301',
  ),
  fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes('\0')),
)
