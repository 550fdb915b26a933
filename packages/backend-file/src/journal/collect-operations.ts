import type { LocatedOperation } from './journal-operation.js'
import type { JournalTransaction } from './scan-journal.js'

/** The operations of a transaction, so that they can be applied at one moment. */
export async function collectOperations(
  transaction: JournalTransaction,
): Promise<readonly LocatedOperation[]> {
  const operations: LocatedOperation[] = []
  for await (const operation of transaction.operations()) operations.push(operation)
  return operations
}
