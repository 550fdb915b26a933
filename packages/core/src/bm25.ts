/**
 * Okapi BM25, so that every backend ranks alike. Source: S. Robertson and H. Zaragoza, "The Probabilistic Relevance
 * Framework: BM25 and Beyond", Foundations and Trends in Information Retrieval 3 (2009), section 3, with the factor
 * k1 + 1 of TREC-3, which changes no order.
 *
 * A node's score is the sum, over the distinct words of the query in their order, of {@link wordRarity} times
 * {@link wordWeight}. Number of nodes, nodes that have a word and average length are those of the scope: a filter
 * changes neither them nor a score, and nothing that another scope holds does.
 */
export const bm25 = { k1: 1.2, b: 0.75 } as const

/**
 * What a word counts for: ln(1 + (N − n + 0.5) / (n + 0.5)). The 1 keeps it above 0 for a word that most nodes have,
 * where the formula of the source falls below.
 * @param nodes in the scope.
 * @param having of them, those that have the word; 1 at least.
 */
export function wordRarity(nodes: number, having: number): number {
  return Math.log(1 + (nodes - having + 0.5) / (having + 0.5))
}

/**
 * How much of that a node gets.
 * @param frequency how often the word stands in the node; 1 at least.
 * @param length words of the node.
 * @param averageLength words of a node of the scope, on average.
 */
export function wordWeight(frequency: number, length: number, averageLength: number): number {
  return (frequency * (bm25.k1 + 1)) / (frequency + lengthPenalty(length, averageLength))
}

/** What a node's length takes from the weight of all of its words, so that it need not be worked out for each. */
export function lengthPenalty(length: number, averageLength: number): number {
  const { k1, b } = bm25
  return k1 * (1 - b + (b * length) / averageLength)
}
