import type { MemoryBackend, NodePatch } from '@holdfast/core'
import { expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { type KnownDocument, rankByCounting } from '../bm25-oracle.js'
import { drainRecords } from '../drain.js'
import { expectCode } from '../expect-rejection.js'
import { acme, axis, sampleNode } from '../sample-records.js'
import { untyped } from '../untyped.js'
import { withBackend, withReopening } from '../with-backend.js'
import { expectMatches, findWords, nodeOf, spoken, wordHits } from '../word-sample.js'

const queries = [['apple'], ['pear'], ['tart'], ['apple', 'pear', 'tart']]

/** What a search sees of writes: part of the suite of keyword search. */
export function keywordChanges(harness: BackendHarness): void {
  const { capabilities } = harness

  it('sees every insert at once, and counts it', () =>
    withBackend(harness, async (backend) => {
      const documents: KnownDocument[] = []
      await expectAll(backend, documents)
      for (const [at, text] of ['apple pie', 'pear', 'apple tart tart', '', 'apple'].entries()) {
        documents.push(document(`n${at}`, text))
        await backend.insertNode(nodeOf(document(`n${at}`, text)))
        await expectAll(backend, documents)
      }
      await backend.insertNodes([nodeOf(document('n1', 'apple apple'))], { onConflict: 'ignore' })
      await expectAll(backend, documents)
      await backend.insertNodes([nodeOf(document('n1', 'tart'))], { onConflict: 'replace' })
      documents[1] = document('n1', 'tart')
      await expectAll(backend, documents)
    }))

  it('sees what is imported, and what an import replaces', () =>
    withBackend(harness, async (backend) => {
      const documents = [document('a', 'apple pie'), document('b', 'pear')]
      await backend.insertNodes(documents.map(nodeOf))
      await expectAll(backend, documents)
      const records = await drainRecords(backend.admin.exportAll())
      const changed = records.map((record) => ({
        ...record,
        text: record.text.replace('apple pie', 'tart').replace('"pear"', '"apple"'),
      }))
      await backend.admin.importBatch({ kind: 'nodes', records: changed }, { onConflict: 'replace' })
      documents.splice(0, 2, document('a', 'tart'), document('b', 'apple'))
      await expectAll(backend, documents)
      const fresh = changed.map((record) => ({
        ...record,
        id: `${record.id}2`,
        text: record.text.replace(`"${record.id}"`, `"${record.id}2"`),
      }))
      await backend.admin.importBatch({ kind: 'nodes', records: fresh })
      documents.push(document('a2', 'tart'), document('b2', 'apple'))
      await expectAll(backend, documents)
    }))

  it('sees nothing of a batch that was refused', () =>
    withBackend(harness, async (backend) => {
      const documents = [document('a', 'apple pie'), document('b', 'pear')]
      await backend.insertNodes(documents.map(nodeOf))
      await expectCode('DUPLICATE_ID', () => backend.insertNodes([spoken('c', 'apple'), spoken('a', 'tart')]))
      await expectCode('INVALID_NODE', () =>
        backend.insertNodes([spoken('d', 'apple'), untyped({ id: 'e', tenantId: 'acme' })]),
      )
      await expectAll(backend, documents)
    }))

  it('scores by words, whatever else is known of a node', () =>
    withBackend(harness, async (backend) => {
      const documents = [document('a', 'apple pie'), document('b', 'pear apple')]
      await backend.insertNodes([
        nodeOf(document('a', 'apple pie')),
        { ...nodeOf(document('b', 'pear apple')) },
      ])
      await backend.insertNode(
        sampleNode('c', { humanContent: 'tart', embedding: axis(1), assistantContent: '' }),
      )
      documents.push(document('c', 'tart'))
      await expectAll(backend, documents)
      if (!capabilities.update) return
      await backend.recordAccess(acme, ['a', 'b', 'a'])
      await backend.assignClusters(acme, [{ id: 'b', clusterId: 3, label: 'tart' }])
      await backend.updateNode(acme, 'c', { embedding: axis(2), source: 'apple' })
      await expectAll(backend, documents)
      // What is found is the node as it is now.
      const [best] = await backend.keywordSearch('pear', acme)
      expect(best?.node).toEqual(await backend.getNode(acme, 'b'))
      expect(best?.node).toMatchObject({ clusterId: 3, accessCount: 1 })
    }))

  if (capabilities.durable) {
    it('finds the same after it was opened anew', () =>
      withReopening(harness, async (backend, reopen) => {
        const documents = ['apple pie', 'pear', 'apple tart'].map((text, at) => document(`n${at}`, text))
        await backend.insertNodes(documents.map(nodeOf))
        const before = await findWords(backend, 'apple pear')
        const second = await reopen()
        expect(await findWords(second, 'apple pear')).toEqual(before)
        documents.push(document('n3', 'apple apple'))
        await second.insertNode(nodeOf(document('n3', 'apple apple')))
        const third = await reopen()
        await expectAll(third, documents)
      }))
  }

  it('sees every change of a text at once, or there is none', () =>
    withBackend(harness, async (backend) => {
      const documents = ['apple pie', 'pear', 'apple tart'].map((text, at) => document(`n${at}`, text))
      await backend.insertNodes(documents.map(nodeOf))
      await expectAll(backend, documents)
      const update = (id: string, patch: NodePatch) => backend.updateNode(acme, id, patch)
      if (!capabilities.update)
        return expectCode('NOT_SUPPORTED', () => update('n0', { humanContent: 'pear' }))
      await update('n0', { humanContent: 'pear pear' })
      documents[0] = document('n0', 'pear pear')
      await expectAll(backend, documents)
      await update('n2', { assistantContent: 'tart tart' })
      documents[2] = { id: 'n2', human: ['apple', 'tart'], assistant: ['tart', 'tart'] }
      await expectAll(backend, documents)
      await update('n1', { humanContent: '' })
      documents[1] = document('n1', '')
      await expectAll(backend, documents)
      // A change keeps the place in the order.
      await update('n2', { humanContent: 'same', assistantContent: '' })
      await update('n0', { humanContent: 'same' })
      expect(await wordHits(backend, 'same')).toEqual(['n0', 'n2'])
    }))

  it('forgets what was deleted, in the scores too, or there is no deleting', () =>
    withBackend(harness, async (backend) => {
      let documents = ['apple pie', 'pear', 'apple tart', 'tart apple pear'].map((text, at) =>
        document(`n${at}`, text),
      )
      await backend.insertNodes(documents.map(nodeOf))
      await backend.insertNode(spoken('n0', 'apple pear', { tenantId: 'other' }))
      await expectAll(backend, documents)
      if (!capabilities.delete) return expectCode('NOT_SUPPORTED', () => backend.deleteNodes(acme, ['n0']))
      await backend.deleteNodes(acme, ['n0', 'n3'])
      documents = documents.filter(({ id }) => id === 'n1' || id === 'n2')
      await expectAll(backend, documents)
      await backend.insertNode(nodeOf(document('n0', 'tart')))
      documents.push(document('n0', 'tart'))
      await expectAll(backend, documents)
      await backend.deleteScope(acme)
      await expectAll(backend, [])
      // The control: of the other tenant nothing is gone.
      expect(await wordHits(backend, 'pear', { scope: { tenantId: 'other' } })).toEqual(['n0'])
    }))
}

async function expectAll(backend: MemoryBackend, documents: readonly KnownDocument[]): Promise<void> {
  for (const words of queries) {
    const query = words.join(' ')
    expectMatches(await findWords(backend, query), rankByCounting(words, documents), query)
  }
}

function document(id: string, text: string): KnownDocument {
  return { id, human: text.split(' ').filter(Boolean), assistant: [] }
}
