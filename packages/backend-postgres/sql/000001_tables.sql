-- Placeholders in braces are filled in by src/migrations/migration.ts.
-- owner_key comes first in every key, so that the tables can be distributed by it.
-- Primary keys are made after the other indexes: of two that cost the same, which all do while a table is small, the
-- planner takes the later one. Foreign keys keep the plan of their first check for as long as a connection lasts, and
-- by owner_key and position alone each check would read through everything the owner has.
CREATE TABLE {{schema}}.setting (
  name text PRIMARY KEY,
  value text NOT NULL
);
INSERT INTO {{schema}}.setting (name, value) VALUES ('dimensions', '{{dimensions}}');
{{if_rough}}INSERT INTO {{schema}}.setting (name, value) VALUES ('vector_layout', 'rough');

CREATE SEQUENCE {{schema}}.record_position AS bigint;

CREATE TABLE {{schema}}.node (
  owner_key text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  tenant_id text COLLATE "C",
  user_id text COLLATE "C",
  conversation_id text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  created_us bigint,
  has_code boolean NOT NULL,
  has_error boolean NOT NULL,
  tags text[] COLLATE "C" NOT NULL,
  cluster_id integer,
  cluster_label text COLLATE "C",
  cluster_confidence double precision NOT NULL,
  access_count bigint NOT NULL,
  last_accessed text,
  touched boolean NOT NULL DEFAULT false,
  record text NOT NULL,
  -- As core's ownerKey() writes it. Without IS TRUE a row that names nobody would pass.
  CONSTRAINT node_owner CHECK ((owner_key = CASE WHEN tenant_id IS NOT NULL THEN 't:' || tenant_id ELSE 'u:' || user_id END) IS TRUE)
);
CREATE INDEX node_owner_position ON {{schema}}.node (owner_key, position);
CREATE INDEX node_user_position ON {{schema}}.node (user_id, position) WHERE user_id IS NOT NULL;
CREATE INDEX node_position ON {{schema}}.node (position);
ALTER TABLE {{schema}}.node ADD PRIMARY KEY (owner_key, id);

CREATE TABLE {{schema}}.episode (
  owner_key text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  tenant_id text COLLATE "C",
  user_id text COLLATE "C",
  record text NOT NULL,
  -- As core's ownerKey() writes it. Without IS TRUE a row that names nobody would pass.
  CONSTRAINT episode_owner CHECK ((owner_key = CASE WHEN tenant_id IS NOT NULL THEN 't:' || tenant_id ELSE 'u:' || user_id END) IS TRUE)
);
CREATE INDEX episode_owner_position ON {{schema}}.episode (owner_key, position);
CREATE INDEX episode_user_position ON {{schema}}.episode (user_id, position) WHERE user_id IS NOT NULL;
CREATE INDEX episode_position ON {{schema}}.episode (position);
ALTER TABLE {{schema}}.episode ADD PRIMARY KEY (owner_key, id);

-- Vectors are inserted and deleted, never updated, and share no row with anything that changes.
-- raw holds the true bits where embedding is scaled because its squares do not fit float32. With inverse_length an
-- inner product becomes a cosine, at half of what the cosine itself costs a search. A search reads rough, where there is
-- one: a third to a half of the pages that whole vectors take. docs/postgres-search.md.
CREATE TABLE {{schema}}.node_vector (
  owner_key text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  user_id text COLLATE "C",
{{if_rough}}  rough {{extension}}.halfvec({{dimensions}}) NOT NULL
{{if_rough}}    GENERATED ALWAYS AS ({{extension}}.l2_normalize(embedding)::{{extension}}.halfvec({{dimensions}})) STORED,
  embedding {{extension}}.vector({{dimensions}}) NOT NULL,
  raw bytea,
  inverse_length double precision NOT NULL
    GENERATED ALWAYS AS (1::double precision / {{extension}}.vector_norm(embedding)) STORED,
  FOREIGN KEY (owner_key, id) REFERENCES {{schema}}.node (owner_key, id) ON DELETE CASCADE
);
ALTER TABLE {{schema}}.node_vector ALTER COLUMN embedding SET STORAGE {{storage}};
{{if_rough}}ALTER TABLE {{schema}}.node_vector ALTER COLUMN rough SET STORAGE PLAIN;
{{if_rough}}ALTER TABLE {{schema}}.node_vector SET (toast_tuple_target = {{rough_row_bytes}});
CREATE INDEX node_vector_owner_position ON {{schema}}.node_vector (owner_key, position);
CREATE INDEX node_vector_user_position ON {{schema}}.node_vector (user_id, position) WHERE user_id IS NOT NULL;
ALTER TABLE {{schema}}.node_vector ADD PRIMARY KEY (owner_key, id);

CREATE TABLE {{schema}}.episode_vector (
  owner_key text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  user_id text COLLATE "C",
{{if_rough}}  rough {{extension}}.halfvec({{dimensions}}) NOT NULL
{{if_rough}}    GENERATED ALWAYS AS ({{extension}}.l2_normalize(embedding)::{{extension}}.halfvec({{dimensions}})) STORED,
  embedding {{extension}}.vector({{dimensions}}) NOT NULL,
  raw bytea,
  inverse_length double precision NOT NULL
    GENERATED ALWAYS AS (1::double precision / {{extension}}.vector_norm(embedding)) STORED,
  FOREIGN KEY (owner_key, id) REFERENCES {{schema}}.episode (owner_key, id) ON DELETE CASCADE
);
ALTER TABLE {{schema}}.episode_vector ALTER COLUMN embedding SET STORAGE {{storage}};
{{if_rough}}ALTER TABLE {{schema}}.episode_vector ALTER COLUMN rough SET STORAGE PLAIN;
{{if_rough}}ALTER TABLE {{schema}}.episode_vector SET (toast_tuple_target = {{rough_row_bytes}});
CREATE INDEX episode_vector_owner_position ON {{schema}}.episode_vector (owner_key, position);
CREATE INDEX episode_vector_user_position ON {{schema}}.episode_vector (user_id, position) WHERE user_id IS NOT NULL;
ALTER TABLE {{schema}}.episode_vector ADD PRIMARY KEY (owner_key, id);

-- The words of every node for keyword search, spread over w0 to w15: src/keyword/word-columns.ts. A search for a word
-- looks into one of them. Rows stay in their pages, uncompressed, up to the size of a page. Whoever writes or deletes
-- a node does so with its words in the same statement or transaction; a foreign key would make an insert a tenth slower.
CREATE TABLE {{schema}}.node_words (
  owner_key text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  user_id text COLLATE "C",
  length integer NOT NULL,
  w0 bytea,
  w1 bytea,
  w2 bytea,
  w3 bytea,
  w4 bytea,
  w5 bytea,
  w6 bytea,
  w7 bytea,
  w8 bytea,
  w9 bytea,
  w10 bytea,
  w11 bytea,
  w12 bytea,
  w13 bytea,
  w14 bytea,
  w15 bytea,
  PRIMARY KEY (owner_key, position)
) WITH (toast_tuple_target = 8160);
CREATE INDEX node_words_user_position ON {{schema}}.node_words (user_id, position) WHERE user_id IS NOT NULL;
ALTER TABLE {{schema}}.node_words
  ALTER w0 SET STORAGE MAIN,
  ALTER w1 SET STORAGE MAIN,
  ALTER w2 SET STORAGE MAIN,
  ALTER w3 SET STORAGE MAIN,
  ALTER w4 SET STORAGE MAIN,
  ALTER w5 SET STORAGE MAIN,
  ALTER w6 SET STORAGE MAIN,
  ALTER w7 SET STORAGE MAIN,
  ALTER w8 SET STORAGE MAIN,
  ALTER w9 SET STORAGE MAIN,
  ALTER w10 SET STORAGE MAIN,
  ALTER w11 SET STORAGE MAIN,
  ALTER w12 SET STORAGE MAIN,
  ALTER w13 SET STORAGE MAIN,
  ALTER w14 SET STORAGE MAIN,
  ALTER w15 SET STORAGE MAIN;

-- Which owners have an index over their vectors alone, and how it did when it was checked. Written by admin.maintain.
CREATE TABLE {{schema}}.owner_index (
  owner_key text COLLATE "C" NOT NULL,
  vector_table text COLLATE "C" NOT NULL,
  index_name text COLLATE "C" NOT NULL,
  element text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  rows_at_build bigint NOT NULL,
  recall double precision,
  built_at timestamptz NOT NULL,
  PRIMARY KEY (owner_key, vector_table),
  CONSTRAINT owner_index_vector_table CHECK (vector_table IN ('node_vector', 'episode_vector')),
  CONSTRAINT owner_index_element CHECK (element IN ('vector', 'halfvec')),
  CONSTRAINT owner_index_state CHECK (state IN ('building', 'ready', 'refused'))
);
