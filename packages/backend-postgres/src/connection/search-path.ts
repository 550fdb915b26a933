/**
 * Where names without a schema are looked up in every transaction: among the server's own only, and among a session's
 * temporary types last. Elsewhere others may have put functions that fit a call better than the server's own, which
 * would run as whoever calls them (PostgreSQL manual, 10.3 and 5.10.6).
 */
export const searchPath = ['search_path', 'pg_catalog,pg_temp'] as const
