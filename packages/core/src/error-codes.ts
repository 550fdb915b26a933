/**
 * Every code a {@link MemoryError} can carry, with what it means. Codes are API and stay stable within a major
 * version; message texts are not. `docs/errors.md` has one heading per code.
 */
export const errorCodes = {
  SCOPE_REQUIRED: 'A write names neither a tenant nor a user.',
  SCOPE_MISMATCH: 'A scoped handle was given a record of another owner.',
  INVALID_NODE: 'A node, episode or conversation does not have the promised shape.',
  INVALID_EMBEDDING: 'A vector holds something that is not a finite number.',
  DIMENSION_MISMATCH: 'A vector has another length than the store was made for.',
  EMBEDDING_MISMATCH: 'The store was written with another embedding model.',
  DUPLICATE_ID: 'The owner already has a record with this id.',
  LOCKED: 'Another process writes to this store.',
  CORRUPT: 'Stored data is damaged or contradicts itself.',
  FOREIGN_BASE: 'Another program changed the files since they were last written here.',
  NO_SPACE: 'The disk or quota is full.',
  CLOSED: 'The backend was closed.',
  NOT_SUPPORTED: 'The backend does not have this capability.',
  CONNECTION: 'The store cannot be reached or opened.',
  TIMEOUT: 'The store did not answer in time.',
  CONFLICT: 'A concurrent change, or data already in place, stands in the way.',
  SCHEMA_BEHIND: 'The database schema is older than this version needs.',
  SCHEMA_AHEAD: 'The database schema is newer than this version can use.',
  CONFIG_INVALID: 'The configuration is wrong or incomplete.',
  UNKNOWN_BACKEND: 'No backend goes by this name.',
  BACKEND_NOT_INSTALLED: 'The package of the chosen backend is not installed.',
} as const

/** One of the keys of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes
