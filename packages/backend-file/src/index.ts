export type {
  BaseRecordReport,
  CopyReport,
  DataFileReport,
  DirectoryReport,
  HolderReport,
  JournalReport,
  PublicationReport,
  RecordCounts,
  StoredBytes,
} from './doctor/directory-report.js'
export type { Finding, FindingCode, Severity } from './doctor/finding.js'
export { findingCodes } from './doctor/finding.js'
export type { InspectOptions } from './doctor/inspect-directory.js'
export { inspectDirectory } from './doctor/inspect-directory.js'
export type { RepairOptions, RepairOutcome, RepairReport } from './doctor/repair-directory.js'
export { repairDirectory } from './doctor/repair-directory.js'
export type { RepairName } from './doctor/repair-name.js'
export { repairNames } from './doctor/repair-name.js'
export { FileBackend } from './file-backend.js'
export type { FileBackendOptions } from './file-backend-options.js'
export { fileCapabilities } from './file-capabilities.js'
