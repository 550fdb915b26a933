export type {
  AdminDriver,
  BackendAdmin,
  ExportOptions,
  Fingerprint,
  FingerprintOptions,
  ScopeSummary,
  StoreStats,
  VerifyReport,
} from './backend-admin.js'
export type { BackendCapabilities } from './backend-capabilities.js'
export { bm25, lengthPenalty, wordRarity, wordWeight } from './bm25.js'
export { checkOptions } from './check-arguments.js'
export type { Conversation } from './conversation.js'
export { conversationToEpisode, conversationToNodes } from './conversation.js'
export type { EmbeddingMatrix, EmbeddingModel } from './embedding-vector.js'
export { defaultDimensions, maxDimensions } from './embedding-vector.js'
export type { EpisodeMessage, EpisodicMemory, EpisodicMemoryInput } from './episodic-memory.js'
export { parseEpisodicMemory } from './episodic-memory.js'
export type { ErrorCode } from './error-codes.js'
export { errorCodes } from './error-codes.js'
export type { ExportBatch, ExportedRecord, ImportedBatch, RecordKind } from './exported-record.js'
export type { JsonObject, JsonValue } from './json-value.js'
export type { Logger } from './logger.js'
export { silentLogger } from './logger.js'
export type {
  MaintainOptions,
  MaintainProgress,
  MaintainReport,
  OwnerIndexReport,
  ResolvedMaintain,
} from './maintain.js'
export { MemoryBackend } from './memory-backend.js'
export { MemoryError } from './memory-error.js'
export type { MemoryNode, MemoryNodeInput, NodeTags } from './memory-node.js'
export { parseMemoryNode } from './memory-node.js'
export type { NewEpisode, NewNode, NewRecord } from './new-record.js'
export { maxRecordBytes } from './new-record.js'
export type { NodeFilter, ResolvedFilter } from './node-filter.js'
export { matchesFilter, resolveFilter } from './node-filter.js'
export type { ResolvedPatch } from './node-patch.js'
export { onAbort } from './on-abort.js'
export type { Owner } from './owner.js'
export { isStorableText, maxOwnerBytes, ownerKey, ownerOf } from './owner.js'
export { patchedText } from './patched-text.js'
export { formatPythonJson, PythonFloat, parsePythonJson, stripJsonLayout } from './python-json.js'
export type { RecordText } from './record-text.js'
export { formatEpisode, formatNode, readEpisode, readNode } from './record-text.js'
export { replaceFields } from './replace-fields.js'
export type {
  CallContext,
  CallOptions,
  ClusterAssignment,
  EpisodeBatch,
  FilterOptions,
  InsertOptions,
  InsertResult,
  NodeBatch,
  NodePatch,
  OnConflict,
  PageOptions,
  PositionedBatch,
  ResolvedPage,
  ResolvedScan,
  ResolvedSearch,
  ScanOptions,
  ScoredEpisode,
  ScoredNode,
  SearchOptions,
  SearchPlan,
  VectorSearchOptions,
} from './requests.js'
export type { ResolvedScope, Scope } from './scope.js'
export { isInScope, resolveScope } from './scope.js'
export { ScopedMemory } from './scoped-memory.js'
export { timestampMicros } from './timestamp.js'
export { maxWordLength, queryWords, searchedTexts, wordBatches, wordRules, wordsOf } from './words.js'
