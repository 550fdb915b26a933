import { describe, expect, it } from 'vitest'
import { createObjectSkimmer } from '../src/json/object-skimmer.js'
import { webAssembly } from '../src/wasm/web-assembly.js'
import { seed } from './simulated-disk/seed.js'
import { seededRandom } from './simulated-disk/seeded-random.js'
import { rawNode } from './support/small-store.js'

const fields = ['id', 'tenant_id', 'cluster_id'] as const
const names = fields.map((name) => Buffer.from(name))

/** What `JSON.parse` gives for the fields. */
function parsed(text: string): readonly unknown[] {
  const value: Readonly<Record<string, unknown>> = JSON.parse(text)
  return fields.map((name) => (Object.hasOwn(value, name) ? value[name] : undefined))
}

const bufferBytes = 4096
const implementations = {
  'in WebAssembly': createObjectSkimmer(names, bufferBytes, webAssembly),
  'in TypeScript': createObjectSkimmer(names, bufferBytes, undefined),
}

type Skim = (text: string) => readonly unknown[] | undefined

/** Usual nodes: all that Python and we write. */
function usualNode(random: ReturnType<typeof seededRandom>): string {
  const one = (...of: readonly unknown[]) => of[random.below(of.length)]
  const node = rawNode(`node ${random.below(1000)}`, {
    tenant_id: one(null, 'acme', ''),
    cluster_id: one(null, 0, 17, -3, 123_456_789_012_345),
    human_content: one('', 'a "quoted" text', 'line\nline', 'back\\slash\\', '\u0007 \u007f'),
    cluster_confidence: one(0.25, 1e-7, 1e21, -1.5),
    tags: { domains: [], topics: ['a', 'b'], entities: [{ deep: [[{}]] }] },
    has_code: one(true, false),
  })
  return JSON.stringify(node, null, random.below(2) * 2)
}

describe.each(Object.entries(implementations))(`skimming %s, seed ${seed}`, (name, { buffers, skim }) => {
  let turn = 0
  /** With what other objects left behind it. */
  const found = (text: string, start: number) => {
    const buffer = buffers[turn++ % 2] ?? buffers[0]
    return skim(buffer.subarray(0, Buffer.from(buffer.buffer, buffer.byteOffset).write(text)), start)
  }
  /** What skimming gives, with other bytes on both sides of the object. */
  const skimmed: Skim = (text) => {
    const around = `[ ${text},`
    const object = found(around, 2)
    if (object === undefined) return undefined
    // What is taken for the object must be one.
    expect(parsed(Buffer.from(around).subarray(2, object.end).toString())).toEqual(object.values)
    return object.values
  }

  it('is another implementation', () => {
    expect(webAssembly).toBeDefined()
    const isShared = buffers[0].buffer === buffers[1].buffer
    expect(isShared).toBe(name === 'in WebAssembly')
  })

  it('reads the fields of usual nodes as JSON.parse does', () => {
    const random = seededRandom(seed)
    for (let round = 0; round < 2000; round++) {
      const text = usualNode(random)
      expect(skimmed(text), text).toEqual(parsed(text))
    }
  })

  it('accepts nothing that JSON.parse refuses, and reads nothing else', () => {
    const random = seededRandom(seed + 1)
    const bytesOfSyntax = Buffer.from('{}[]":,\\/ \n\t-+.eE0123456789truefalsnuNI\u0000\u001f')
    let [refused, accepted] = [0, 0]
    for (let round = 0; round < 60_000; round++) {
      const bytes = Buffer.from(usualNode(random))
      for (let changes = 1 + random.below(2); changes > 0; changes--) {
        const by = bytesOfSyntax[random.below(bytesOfSyntax.length)] ?? 0
        bytes[random.below(bytes.length)] = random.below(8) === 0 ? random.below(256) : by
      }
      const found = skimmed(bytes.toString('latin1'))
      if (found === undefined) refused += 1
      else accepted += 1
    }
    // The control: both happen often.
    expect(refused).toBeGreaterThan(10_000)
    expect(accepted).toBeGreaterThan(10_000)
  })

  it.each([
    '{}',
    '{ }',
    '{"id":"a","id":"b"}',
    '{"idx":1,"cluster_id":0}',
    '{"a":-0,"b":-0.0e-0,"c":[1,2.5,[],{}],"cluster_id":null}',
    '{"a":"\\u00e9\\ud800\\"\\\\\\/\\b\\f\\n\\r\\t"}',
    '{"id":"","__proto__":{"id":"other"}}',
  ])('reads %s', (text) => {
    expect(skimmed(text)).toEqual(parsed(text))
  })

  it.each([
    // JSON, but not for a glance.
    '{"\\u0069d":"a"}',
    '{"id":"\\u0061"}',
    '{"id":{}}',
    '{"id":true}',
    '{"cluster_id":1.0}',
    '{"cluster_id":-0}',
    '{"cluster_id":1e3}',
    '{"cluster_id":1234567890123456}',
    '{"a":"é"}',
    '[]',
    '"id"',
    `{"a":${'['.repeat(200)}${']'.repeat(200)}}`,
    // What Python reads.
    '{"a":NaN}',
    '{"a":-Infinity}',
    // No JSON.
    '',
    '{',
    '{"id"',
    '{"id":',
    '{"id":"a"',
    '{"id":"a",}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":1e}',
    '{"a":-}',
    '{"a":+1}',
    '{"a":"\\x"}',
    '{"a":"\\u12g4"}',
    '{"a":"\n"}',
    '{"a":[1,]}',
    '{"a":[1 2]}',
    '{"a":nul}',
    '{"a":tru}',
    '{a:1}',
    "{'a':1}",
  ])('leaves %j to others', (text) => {
    expect(skimmed(text)).toBeUndefined()
    expect(found(text, 0)).toBeUndefined()
  })
})
