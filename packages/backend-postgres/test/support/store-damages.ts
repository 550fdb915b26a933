/** `S` is the schema. What is done to a store, and the findings that must follow, with what undoes it. */
export interface Damage {
  readonly what: string
  readonly sql: string
  readonly finds: readonly string[]
  /** The remedies put it in order; `false` where a person has to decide. */
  readonly isCurable?: false
}

export const damages: readonly Damage[] = [
  {
    what: 'a table without row level security',
    sql: 'ALTER TABLE S.node DISABLE ROW LEVEL SECURITY',
    finds: ['RLS_DISABLED S.node'],
  },
  {
    what: 'a table that does not force it',
    sql: 'ALTER TABLE S.episode_vector NO FORCE ROW LEVEL SECURITY',
    finds: ['RLS_NOT_FORCED S.episode_vector'],
  },
  {
    what: 'a policy that is gone',
    sql: 'DROP POLICY scope_update ON S.node',
    finds: ['POLICY_CHANGED policy scope_update of S.node'],
  },
  {
    what: 'a policy that lets everything through',
    sql: 'ALTER POLICY scope_select ON S.node_vector USING (true)',
    finds: ['POLICY_CHANGED policy scope_select of S.node_vector'],
  },
  {
    what: 'a policy for another role',
    sql: 'ALTER POLICY everything ON S.node TO PUBLIC',
    finds: ['POLICY_CHANGED policy everything of S.node'],
  },
  {
    what: 'a policy more',
    sql: 'CREATE POLICY "more ""rows""" ON S.episode FOR SELECT TO "S_app" USING (true)',
    finds: ['POLICY_CHANGED policy more "rows" of S.episode'],
  },
  {
    what: 'a privilege more',
    sql: 'GRANT TRUNCATE ON S.node TO "S_app"',
    finds: ['GRANT_CHANGED S.node for S_app'],
  },
  {
    what: 'a column that may be changed',
    sql: 'GRANT UPDATE (owner_key) ON S.node TO "S_app"',
    finds: ['GRANT_CHANGED S.node for S_app owner_key'],
  },
  {
    what: 'a privilege for everybody',
    sql: 'GRANT SELECT ON S.episode TO PUBLIC',
    finds: ['GRANT_CHANGED S.episode for PUBLIC'],
  },
  {
    what: 'a privilege that is gone',
    sql: 'REVOKE DELETE ON S.node_vector FROM "S_app"',
    finds: ['GRANT_CHANGED S.node_vector for S_app'],
  },
  {
    what: 'a role that may create',
    sql: 'GRANT CREATE ON SCHEMA S TO "S_app"',
    finds: ['ROLE_UNSAFE role S_app', 'GRANT_CHANGED S for S_app'],
  },
  {
    what: 'a role that goes round the policies',
    sql: 'ALTER ROLE "S_app" BYPASSRLS',
    finds: ['ROLE_UNSAFE role S_app'],
  },
  {
    what: "a role that may act as the operators'",
    sql: 'GRANT "S_admin" TO "S_app"',
    finds: ['ROLE_UNSAFE role S_app'],
  },
  {
    what: 'an index that is gone',
    sql: 'DROP INDEX S.node_vector_owner_position',
    finds: ['INDEX_MISSING index node_vector_owner_position of S.node_vector'],
  },
  {
    what: 'an index over other columns',
    sql: 'DROP INDEX S.node_position; CREATE INDEX node_position ON S.node (id)',
    finds: ['INDEX_CHANGED index node_position of S.node'],
  },
  {
    what: 'an index over the vectors of all owners',
    sql: 'CREATE INDEX shared ON S.node_vector USING hnsw (embedding V.vector_cosine_ops)',
    finds: ['INDEX_SHARED index S.shared', 'EXTENSION_FAULTY?'],
  },
  ...['OR', 'IS DISTINCT FROM'].map((operator) => ({
    what: `an index over the vectors of two owners, by ${operator}`,
    sql: `CREATE INDEX shared ON S.node_vector USING hnsw (embedding V.vector_cosine_ops) WHERE (owner_key = 't:a') ${operator} (owner_key = 't:b')`,
    finds: ['INDEX_SHARED index S.shared', 'EXTENSION_FAULTY?'],
  })),
  {
    what: 'an id that is unique over all owners, by an index',
    sql: 'CREATE UNIQUE INDEX "one ""id""" ON S.node (id)',
    finds: ['TABLE_CHANGED index one "id" of S.node'],
  },
  {
    what: 'an id that is unique over all owners, by a constraint',
    sql: 'ALTER TABLE S.episode ADD CONSTRAINT one_id UNIQUE (id)',
    finds: ['TABLE_CHANGED constraint one_id of S.episode'],
  },
  {
    what: 'a rule that copies what is inserted',
    sql: 'CREATE TABLE S.copy (id text); CREATE RULE spy AS ON INSERT TO S.node DO ALSO INSERT INTO S.copy VALUES (NEW.id)',
    finds: ['TABLE_CHANGED trigger spy of S.node'],
  },
  {
    what: 'a check that is gone',
    sql: 'ALTER TABLE S.node DROP CONSTRAINT node_owner',
    finds: ['TABLE_CHANGED constraint node_owner of S.node'],
  },
  {
    what: 'a foreign key that is gone',
    sql: 'ALTER TABLE S.episode_vector DROP CONSTRAINT episode_vector_owner_key_id_fkey',
    finds: ['TABLE_CHANGED constraint episode_vector_owner_key_id_fkey of S.episode_vector'],
  },
  {
    what: 'a column that is gone',
    sql: 'ALTER TABLE S.node DROP COLUMN touched',
    finds: ['GRANT_CHANGED S.node for S_app touched', 'TABLE_CHANGED column touched of S.node'],
    isCurable: false,
  },
  {
    what: 'rough copies that are gone',
    sql: 'ALTER TABLE S.episode_vector DROP COLUMN rough',
    finds: ['TABLE_CHANGED column rough of S.episode_vector'],
  },
  {
    what: 'a trigger',
    sql: 'CREATE FUNCTION S.spy() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$; CREATE TRIGGER spy AFTER INSERT ON S.node EXECUTE FUNCTION S.spy()',
    finds: ['TABLE_CHANGED trigger spy of S.node'],
  },
  {
    what: 'a row that names nobody',
    sql: `ALTER TABLE S.node DROP CONSTRAINT node_owner; UPDATE S.node SET tenant_id = NULL, user_id = NULL WHERE id = 'b'`,
    finds: ['TABLE_CHANGED constraint node_owner of S.node', 'ROWS_UNOWNED S.node'],
    isCurable: false,
  },
  {
    what: 'a row of another tenant than its key says',
    sql: `ALTER TABLE S.episode DROP CONSTRAINT episode_owner; UPDATE S.episode SET tenant_id = 'other'`,
    finds: ['TABLE_CHANGED constraint episode_owner of S.episode', 'ROWS_CONTRADICT S.episode'],
    isCurable: false,
  },
  {
    what: 'a vector without a record',
    sql: `ALTER TABLE S.node_vector DROP CONSTRAINT node_vector_owner_key_id_fkey; DELETE FROM S.node WHERE id = 'a'`,
    finds: [
      'TABLE_CHANGED constraint node_vector_owner_key_id_fkey of S.node_vector',
      'ROWS_ORPHANED S.node_vector',
      'ROWS_ORPHANED S.node_words',
    ],
    isCurable: false,
  },
  {
    what: 'a vector of another user',
    sql: `UPDATE S.node_vector SET user_id = 'eve'`,
    finds: ['ROWS_CONTRADICT S.node_vector'],
  },
  {
    what: 'words without a node',
    sql: `INSERT INTO S.node_words (owner_key, position, length) VALUES ('t:acme', 77, 0)`,
    finds: ['ROWS_ORPHANED S.node_words'],
  },
  {
    what: 'words of another user',
    sql: `UPDATE S.node_words SET user_id = 'eve'`,
    finds: ['ROWS_CONTRADICT S.node_words'],
  },
  {
    what: 'nodes without words',
    sql: 'DELETE FROM S.node_words',
    finds: ['WORDS_MISSING S.node'],
    isCurable: false,
  },
  {
    what: 'a sequence that stands too low',
    sql: `SELECT setval('S.record_position', 1)`,
    finds: ['SEQUENCE_BEHIND S.record_position'],
  },
  {
    what: 'another number of dimensions',
    sql: `UPDATE S.setting SET value = '3' WHERE name = 'dimensions'`,
    finds: [
      'DIMENSIONS_DIFFER S.episode_vector',
      'DIMENSIONS_DIFFER S.node_vector',
      'TABLE_CHANGED column embedding of S.episode_vector',
      'TABLE_CHANGED column embedding of S.node_vector',
      'TABLE_CHANGED S.episode_vector',
      'TABLE_CHANGED S.node_vector',
      'TABLE_CHANGED column rough of S.episode_vector',
      'TABLE_CHANGED column rough of S.node_vector',
    ],
    isCurable: false,
  },
  {
    what: 'a damaged setting',
    sql: `UPDATE S.setting SET value = 'many' WHERE name = 'dimensions'`,
    finds: ['SETTING_DAMAGED S.setting'],
  },
  {
    what: 'a layout of vectors that nobody knows',
    sql: `INSERT INTO S.setting VALUES ('vector_layout', 'round') ON CONFLICT (name) DO UPDATE SET value = 'round'`,
    finds: ['SETTING_DAMAGED S.setting'],
    isCurable: false,
  },
  {
    what: 'a vector column of any length',
    sql: `ALTER TABLE S.node_vector DROP COLUMN rough, DROP COLUMN inverse_length, ALTER COLUMN embedding TYPE V.vector; INSERT INTO S.node_vector SELECT owner_key, id, position, user_id, '[1,2,3]', NULL FROM S.node WHERE id = 'b'`,
    finds: [
      'DIMENSIONS_DIFFER S.node_vector',
      'DIMENSIONS_DIFFER S.node_vector',
      'TABLE_CHANGED column embedding of S.node_vector',
      'TABLE_CHANGED column inverse_length of S.node_vector',
      'TABLE_CHANGED column rough of S.node_vector',
    ],
    isCurable: false,
  },
  {
    what: 'a migration that is missing',
    sql: 'DELETE FROM S.migration WHERE id = 1',
    finds: ['SCHEMA_BEHIND S.migration'],
    isCurable: false,
  },
  {
    what: 'a migration with another text',
    sql: `UPDATE S.migration SET sha256 = 'x' WHERE id = 2`,
    finds: ['SCHEMA_CHANGED S.migration'],
    isCurable: false,
  },
  {
    what: 'a migration from the future',
    sql: `INSERT INTO S.migration VALUES (900, 'later', 'x', true)`,
    finds: ['SCHEMA_AHEAD S.migration'],
    isCurable: false,
  },
  {
    what: 'a table that autovacuum leaves alone',
    sql: 'ALTER TABLE S.node SET (autovacuum_enabled = off)',
    finds: ['AUTOVACUUM_OFF S.node'],
  },
]
