// Generated from sql/schema.txt by `node scripts/build-sql-module.mjs`. The text itself is written by
// `vitest run test/schema-description.test.ts -u` from what the catalogs say about a new store.

/** A store's tables, columns, constraints, indexes, policies and grants, one a line. */
export const schemaDescription = `grant ..{{admin}}: USAGE
grant ..{{app}}: USAGE
table episode: table
security episode: enabled, forced
column episode.id: text COLLATE "C" NOT NULL
column episode.owner_key: text COLLATE "C" NOT NULL
column episode.position: bigint NOT NULL
column episode.record: text NOT NULL
column episode.tenant_id: text COLLATE "C"
column episode.user_id: text COLLATE "C"
constraint episode.episode_owner: CHECK ((owner_key = CASE WHEN tenant_id IS NOT NULL THEN 't:'::text || tenant_id ELSE 'u:'::text || user_id END) IS TRUE)
constraint episode.episode_pkey: PRIMARY KEY (owner_key, id)
index episode.episode_owner_position: CREATE INDEX episode_owner_position ON episode USING btree (owner_key, "position")
index episode.episode_pkey: CREATE UNIQUE INDEX episode_pkey ON episode USING btree (owner_key, id)
index episode.episode_position: CREATE INDEX episode_position ON episode USING btree ("position")
index episode.episode_user_position: CREATE INDEX episode_user_position ON episode USING btree (user_id, "position") WHERE user_id IS NOT NULL
policy episode.everything: FOR ALL TO {{admin}} USING (true)
policy episode.scope_delete: FOR DELETE TO {{app}} USING (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif"))))
policy episode.scope_insert: FOR INSERT TO {{app}} WITH CHECK ((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")))
policy episode.scope_select: FOR SELECT TO {{app}} USING (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif"))))
policy episode.scope_update: FOR UPDATE TO {{app}} USING (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif")))) WITH CHECK (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif"))))
grant episode.{{admin}}: DELETE, INSERT, SELECT, UPDATE
grant episode.{{app}}: DELETE, INSERT, SELECT
grant episode.{{app}} record: UPDATE
table episode_vector: table, toast_tuple_target={{rough_row_bytes}}
security episode_vector: enabled, forced
column episode_vector.embedding: vector({{dimensions}}) NOT NULL STORAGE {{storage}}
column episode_vector.id: text COLLATE "C" NOT NULL
column episode_vector.inverse_length: double precision NOT NULL GENERATED AS 1::double precision / vector_norm(embedding)
column episode_vector.owner_key: text COLLATE "C" NOT NULL
column episode_vector.position: bigint NOT NULL
column episode_vector.raw: bytea
column episode_vector.rough: halfvec({{dimensions}}) NOT NULL GENERATED AS l2_normalize(embedding)::halfvec({{dimensions}}) STORAGE PLAIN
column episode_vector.user_id: text COLLATE "C"
constraint episode_vector.episode_vector_owner_key_id_fkey: FOREIGN KEY (owner_key, id) REFERENCES episode(owner_key, id) ON DELETE CASCADE
constraint episode_vector.episode_vector_pkey: PRIMARY KEY (owner_key, id)
index episode_vector.episode_vector_owner_position: CREATE INDEX episode_vector_owner_position ON episode_vector USING btree (owner_key, "position")
index episode_vector.episode_vector_pkey: CREATE UNIQUE INDEX episode_vector_pkey ON episode_vector USING btree (owner_key, id)
index episode_vector.episode_vector_user_position: CREATE INDEX episode_vector_user_position ON episode_vector USING btree (user_id, "position") WHERE user_id IS NOT NULL
policy episode_vector.everything: FOR ALL TO {{admin}} USING (true)
policy episode_vector.scope_delete: FOR DELETE TO {{app}} USING (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif"))))
policy episode_vector.scope_insert: FOR INSERT TO {{app}} WITH CHECK ((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")))
policy episode_vector.scope_select: FOR SELECT TO {{app}} USING (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif"))))
grant episode_vector.{{admin}}: DELETE, INSERT, SELECT
grant episode_vector.{{app}}: DELETE, INSERT, SELECT
table migration: table
security migration: disabled
column migration.applied_at: timestamp with time zone NOT NULL DEFAULT now()
column migration.breaking: boolean NOT NULL
column migration.id: integer NOT NULL
column migration.name: text NOT NULL
column migration.sha256: text NOT NULL
constraint migration.migration_pkey: PRIMARY KEY (id)
index migration.migration_pkey: CREATE UNIQUE INDEX migration_pkey ON migration USING btree (id)
grant migration.{{admin}}: SELECT
grant migration.{{app}}: SELECT
table node: table
security node: enabled, forced
column node.access_count: bigint NOT NULL
column node.cluster_confidence: double precision NOT NULL
column node.cluster_id: integer
column node.cluster_label: text COLLATE "C"
column node.conversation_id: text COLLATE "C" NOT NULL
column node.created_us: bigint
column node.has_code: boolean NOT NULL
column node.has_error: boolean NOT NULL
column node.id: text COLLATE "C" NOT NULL
column node.last_accessed: text
column node.owner_key: text COLLATE "C" NOT NULL
column node.position: bigint NOT NULL
column node.record: text NOT NULL
column node.source: text COLLATE "C" NOT NULL
column node.tags: text[] COLLATE "C" NOT NULL
column node.tenant_id: text COLLATE "C"
column node.touched: boolean NOT NULL DEFAULT false
column node.user_id: text COLLATE "C"
constraint node.node_owner: CHECK ((owner_key = CASE WHEN tenant_id IS NOT NULL THEN 't:'::text || tenant_id ELSE 'u:'::text || user_id END) IS TRUE)
constraint node.node_pkey: PRIMARY KEY (owner_key, id)
index node.node_owner_position: CREATE INDEX node_owner_position ON node USING btree (owner_key, "position")
index node.node_pkey: CREATE UNIQUE INDEX node_pkey ON node USING btree (owner_key, id)
index node.node_position: CREATE INDEX node_position ON node USING btree ("position")
index node.node_user_position: CREATE INDEX node_user_position ON node USING btree (user_id, "position") WHERE user_id IS NOT NULL
policy node.everything: FOR ALL TO {{admin}} USING (true)
policy node.scope_delete: FOR DELETE TO {{app}} USING (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif"))))
policy node.scope_insert: FOR INSERT TO {{app}} WITH CHECK ((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")))
policy node.scope_select: FOR SELECT TO {{app}} USING (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif"))))
policy node.scope_update: FOR UPDATE TO {{app}} USING (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif")))) WITH CHECK (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif"))))
grant node.{{admin}}: DELETE, INSERT, SELECT, UPDATE
grant node.{{app}}: DELETE, INSERT, SELECT
grant node.{{app}} access_count: UPDATE
grant node.{{app}} cluster_confidence: UPDATE
grant node.{{app}} cluster_id: UPDATE
grant node.{{app}} cluster_label: UPDATE
grant node.{{app}} conversation_id: UPDATE
grant node.{{app}} created_us: UPDATE
grant node.{{app}} has_code: UPDATE
grant node.{{app}} has_error: UPDATE
grant node.{{app}} last_accessed: UPDATE
grant node.{{app}} record: UPDATE
grant node.{{app}} source: UPDATE
grant node.{{app}} tags: UPDATE
grant node.{{app}} touched: UPDATE
table node_vector: table, toast_tuple_target={{rough_row_bytes}}
security node_vector: enabled, forced
column node_vector.embedding: vector({{dimensions}}) NOT NULL STORAGE {{storage}}
column node_vector.id: text COLLATE "C" NOT NULL
column node_vector.inverse_length: double precision NOT NULL GENERATED AS 1::double precision / vector_norm(embedding)
column node_vector.owner_key: text COLLATE "C" NOT NULL
column node_vector.position: bigint NOT NULL
column node_vector.raw: bytea
column node_vector.rough: halfvec({{dimensions}}) NOT NULL GENERATED AS l2_normalize(embedding)::halfvec({{dimensions}}) STORAGE PLAIN
column node_vector.user_id: text COLLATE "C"
constraint node_vector.node_vector_owner_key_id_fkey: FOREIGN KEY (owner_key, id) REFERENCES node(owner_key, id) ON DELETE CASCADE
constraint node_vector.node_vector_pkey: PRIMARY KEY (owner_key, id)
index node_vector.node_vector_owner_position: CREATE INDEX node_vector_owner_position ON node_vector USING btree (owner_key, "position")
index node_vector.node_vector_pkey: CREATE UNIQUE INDEX node_vector_pkey ON node_vector USING btree (owner_key, id)
index node_vector.node_vector_user_position: CREATE INDEX node_vector_user_position ON node_vector USING btree (user_id, "position") WHERE user_id IS NOT NULL
policy node_vector.everything: FOR ALL TO {{admin}} USING (true)
policy node_vector.scope_delete: FOR DELETE TO {{app}} USING (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif"))))
policy node_vector.scope_insert: FOR INSERT TO {{app}} WITH CHECK ((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")))
policy node_vector.scope_select: FOR SELECT TO {{app}} USING (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif"))))
grant node_vector.{{admin}}: DELETE, INSERT, SELECT
grant node_vector.{{app}}: DELETE, INSERT, SELECT
table node_words: table, toast_tuple_target=8160
security node_words: enabled, forced
column node_words.length: integer NOT NULL
column node_words.owner_key: text COLLATE "C" NOT NULL
column node_words.position: bigint NOT NULL
column node_words.user_id: text COLLATE "C"
column node_words.w0: bytea STORAGE MAIN
column node_words.w1: bytea STORAGE MAIN
column node_words.w10: bytea STORAGE MAIN
column node_words.w11: bytea STORAGE MAIN
column node_words.w12: bytea STORAGE MAIN
column node_words.w13: bytea STORAGE MAIN
column node_words.w14: bytea STORAGE MAIN
column node_words.w15: bytea STORAGE MAIN
column node_words.w2: bytea STORAGE MAIN
column node_words.w3: bytea STORAGE MAIN
column node_words.w4: bytea STORAGE MAIN
column node_words.w5: bytea STORAGE MAIN
column node_words.w6: bytea STORAGE MAIN
column node_words.w7: bytea STORAGE MAIN
column node_words.w8: bytea STORAGE MAIN
column node_words.w9: bytea STORAGE MAIN
constraint node_words.node_words_pkey: PRIMARY KEY (owner_key, "position")
index node_words.node_words_pkey: CREATE UNIQUE INDEX node_words_pkey ON node_words USING btree (owner_key, "position")
index node_words.node_words_user_position: CREATE INDEX node_words_user_position ON node_words USING btree (user_id, "position") WHERE user_id IS NOT NULL
policy node_words.everything: FOR ALL TO {{admin}} USING (true)
policy node_words.scope_delete: FOR DELETE TO {{app}} USING (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif"))))
policy node_words.scope_insert: FOR INSERT TO {{app}} WITH CHECK ((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")))
policy node_words.scope_select: FOR SELECT TO {{app}} USING (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif"))))
policy node_words.scope_update: FOR UPDATE TO {{app}} USING (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif")))) WITH CHECK (((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")) OR (user_id = ( SELECT NULLIF(current_setting('holdfast.user_id'::text, true), ''::text) AS "nullif"))))
grant node_words.{{admin}}: DELETE, INSERT, SELECT, UPDATE
grant node_words.{{app}}: DELETE, INSERT, SELECT
grant node_words.{{app}} length: UPDATE
grant node_words.{{app}} w0: UPDATE
grant node_words.{{app}} w1: UPDATE
grant node_words.{{app}} w10: UPDATE
grant node_words.{{app}} w11: UPDATE
grant node_words.{{app}} w12: UPDATE
grant node_words.{{app}} w13: UPDATE
grant node_words.{{app}} w14: UPDATE
grant node_words.{{app}} w15: UPDATE
grant node_words.{{app}} w2: UPDATE
grant node_words.{{app}} w3: UPDATE
grant node_words.{{app}} w4: UPDATE
grant node_words.{{app}} w5: UPDATE
grant node_words.{{app}} w6: UPDATE
grant node_words.{{app}} w7: UPDATE
grant node_words.{{app}} w8: UPDATE
grant node_words.{{app}} w9: UPDATE
table owner_index: table
security owner_index: enabled, forced
column owner_index.built_at: timestamp with time zone NOT NULL
column owner_index.element: text COLLATE "C" NOT NULL
column owner_index.index_name: text COLLATE "C" NOT NULL
column owner_index.owner_key: text COLLATE "C" NOT NULL
column owner_index.recall: double precision
column owner_index.rows_at_build: bigint NOT NULL
column owner_index.state: text COLLATE "C" NOT NULL
column owner_index.vector_table: text COLLATE "C" NOT NULL
constraint owner_index.owner_index_element: CHECK (element = ANY (ARRAY['vector'::text, 'halfvec'::text]))
constraint owner_index.owner_index_pkey: PRIMARY KEY (owner_key, vector_table)
constraint owner_index.owner_index_state: CHECK (state = ANY (ARRAY['building'::text, 'ready'::text, 'refused'::text]))
constraint owner_index.owner_index_vector_table: CHECK (vector_table = ANY (ARRAY['node_vector'::text, 'episode_vector'::text]))
index owner_index.owner_index_pkey: CREATE UNIQUE INDEX owner_index_pkey ON owner_index USING btree (owner_key, vector_table)
policy owner_index.everything: FOR ALL TO {{admin}} USING (true)
policy owner_index.scope_select: FOR SELECT TO {{app}} USING ((owner_key = ( SELECT NULLIF(current_setting('holdfast.owner_key'::text, true), ''::text) AS "nullif")))
grant owner_index.{{admin}}: DELETE, INSERT, SELECT, UPDATE
grant owner_index.{{app}}: SELECT
table record_position: sequence
grant record_position.{{admin}}: USAGE
grant record_position.{{app}}: USAGE
table setting: table
security setting: disabled
column setting.name: text NOT NULL
column setting.value: text NOT NULL
constraint setting.setting_pkey: PRIMARY KEY (name)
index setting.setting_pkey: CREATE UNIQUE INDEX setting_pkey ON setting USING btree (name)
grant setting.{{admin}}: INSERT, SELECT
grant setting.{{app}}: SELECT
`
