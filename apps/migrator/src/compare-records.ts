import { type ExportedRecord, parsePythonJson, type RecordKind, stripJsonLayout } from '@holdfast/core'
import { type RecordDifference, shorten } from './record-difference.js'

/** Fields that hold the owner, which is compared as such. */
const ownerFields = new Set(['tenant_id', 'user_id'])

/** Characters shown before the place where two texts part. */
const context = 20

/** All that differs between a record of the source and the same record of the target. */
export function compareRecords(
  kind: RecordKind,
  from: ExportedRecord,
  to: ExportedRecord,
): readonly RecordDifference[] {
  const differences: RecordDifference[] = []
  const add = (field: string, a: string | undefined, b: string | undefined) => {
    if (a !== b) differences.push({ kind, id: from.id, field, from: a, to: b })
  }
  add('owner', showOwner(from), showOwner(to))
  add('cluster', String(from.clusterId), String(to.clusterId))
  if (stripJsonLayout(from.text) !== stripJsonLayout(to.text)) {
    for (const [field, a, b] of compareTexts(kind, from, to)) add(field, a, b)
  }
  const vectors = compareVectors(from.embedding, to.embedding)
  if (vectors !== undefined) add('vector', vectors[0], vectors[1])
  return differences
}

type FieldDifference = readonly [field: string, from: string | undefined, to: string | undefined]

function compareTexts(
  kind: RecordKind,
  from: ExportedRecord,
  to: ExportedRecord,
): readonly FieldDifference[] {
  const [a, b] = [fieldsOf(from.text), fieldsOf(to.text)]
  const differing: FieldDifference[] = []
  let ownerWritten = false
  for (const field of new Set([...a.keys(), ...b.keys()])) {
    const [left, right] = [a.get(field), b.get(field)]
    if (left === right) continue
    // Old files do not name an episode's owner and a target may have to: the owners themselves are compared above.
    if (kind === 'episodes' && ownerFields.has(field) && (left === undefined || right === undefined)) {
      ownerWritten = true
    } else differing.push([field, shortened(left), shortened(right)])
  }
  if (differing.length > 0 || ownerWritten) return differing
  return [textDifference(stripJsonLayout(from.text), stripJsonLayout(to.text))]
}

/** Each field's value as JSON, so that two of them can be compared and shown. */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const value = parsePythonJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map()
  return new Map(Object.entries(value).map(([key, item]) => [key, JSON.stringify(item)]))
}

/** Where two texts that mean the same part: another order of keys, `1` for `1.0`, another escape. */
function textDifference(a: string, b: string): FieldDifference {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  const start = Math.max(0, at - context)
  return ['text', shorten(a.slice(start)), shorten(b.slice(start))]
}

function compareVectors(
  a: Float32Array | undefined,
  b: Float32Array | undefined,
): readonly [string, string] | undefined {
  if (a === undefined || b === undefined || a.length !== b.length) {
    return a === b ? undefined : [showVector(a), showVector(b)]
  }
  const [left, right] = [bitsOf(a), bitsOf(b)]
  const differing = left.reduce((count, bits, index) => count + (bits === right[index] ? 0 : 1), 0)
  if (differing === 0) return undefined
  const at = left.findIndex((bits, index) => bits !== right[index])
  const show = (vector: Float32Array, bits: Uint32Array) =>
    `${differing} of ${vector.length} components differ; [${at}] is ${vector[at]} (bits ${bits[at]?.toString(16)})`
  return [show(a, left), show(b, right)]
}

/** The components' bits: -0 and 0 are equal numbers and not the same vector. */
function bitsOf(vector: Float32Array): Uint32Array {
  return new Uint32Array(vector.buffer, vector.byteOffset, vector.length)
}

function showVector(vector: Float32Array | undefined): string {
  return vector === undefined ? 'none' : `${vector.length} components`
}

/** For a reader, and so that records of one id and several owners can be told apart. */
export function showOwner({ owner }: ExportedRecord): string {
  if (owner === undefined) return 'nobody'
  return `tenant ${JSON.stringify(owner.tenantId)}, user ${JSON.stringify(owner.userId)}`
}

function shortened(text: string | undefined): string | undefined {
  return text === undefined ? undefined : shorten(text)
}
