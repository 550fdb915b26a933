-- The second wall: even a statement without its WHERE sees one scope only. Roles are chosen per transaction
-- with SET LOCAL ROLE; a transaction that names no scope sees no rows. Applied only where roles can be made.
DO $roles$
DECLARE
  wanted text;
  assumable text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  FOREACH wanted IN ARRAY ARRAY[{{app_name}}, {{admin_name}}] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    IF NOT pg_has_role(current_user, wanted, assumable) THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
    END IF;
    IF NOT has_schema_privilege(wanted, {{extension_name}}, 'USAGE') THEN
      EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', {{extension_name}}, wanted);
    END IF;
  END LOOP;
END
$roles$;
GRANT USAGE ON SCHEMA {{schema}} TO {{app}}, {{admin}};
GRANT SELECT ON {{schema}}.migration, {{schema}}.setting TO {{app}}, {{admin}};
GRANT INSERT ON {{schema}}.setting TO {{admin}};
GRANT USAGE ON SEQUENCE {{schema}}.record_position TO {{app}}, {{admin}};
GRANT SELECT, INSERT, DELETE
  ON {{schema}}.node, {{schema}}.node_vector, {{schema}}.episode, {{schema}}.episode_vector TO {{app}}, {{admin}};
GRANT SELECT, INSERT, DELETE ON {{schema}}.node_words TO {{app}}, {{admin}};
GRANT UPDATE ON {{schema}}.node, {{schema}}.episode, {{schema}}.node_words TO {{admin}};
-- Whose a record is, its id and its place never change, so no change can carry it into another scope.
GRANT UPDATE (conversation_id, source, created_us, has_code, has_error, tags, cluster_id, cluster_label,
    cluster_confidence, access_count, last_accessed, touched, record)
  ON {{schema}}.node TO {{app}};
GRANT UPDATE (record) ON {{schema}}.episode TO {{app}};
GRANT UPDATE (length, w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15)
  ON {{schema}}.node_words TO {{app}};

-- A user's scope covers that user's rows under every owner, but rows are only inserted under the owner's own scope.
ALTER TABLE {{schema}}.node ENABLE ROW LEVEL SECURITY;
ALTER TABLE {{schema}}.node FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON {{schema}}.node TO {{admin}} USING (true);
CREATE POLICY scope_insert ON {{schema}}.node FOR INSERT TO {{app}}
  WITH CHECK (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), '')));
CREATE POLICY scope_select ON {{schema}}.node FOR SELECT TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')));
CREATE POLICY scope_update ON {{schema}}.node FOR UPDATE TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')))
  WITH CHECK (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')));
CREATE POLICY scope_delete ON {{schema}}.node FOR DELETE TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')));

ALTER TABLE {{schema}}.node_vector ENABLE ROW LEVEL SECURITY;
ALTER TABLE {{schema}}.node_vector FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON {{schema}}.node_vector TO {{admin}} USING (true);
CREATE POLICY scope_insert ON {{schema}}.node_vector FOR INSERT TO {{app}}
  WITH CHECK (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), '')));
CREATE POLICY scope_select ON {{schema}}.node_vector FOR SELECT TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')));
CREATE POLICY scope_delete ON {{schema}}.node_vector FOR DELETE TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')));

ALTER TABLE {{schema}}.episode ENABLE ROW LEVEL SECURITY;
ALTER TABLE {{schema}}.episode FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON {{schema}}.episode TO {{admin}} USING (true);
CREATE POLICY scope_insert ON {{schema}}.episode FOR INSERT TO {{app}}
  WITH CHECK (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), '')));
CREATE POLICY scope_select ON {{schema}}.episode FOR SELECT TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')));
CREATE POLICY scope_update ON {{schema}}.episode FOR UPDATE TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')))
  WITH CHECK (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')));
CREATE POLICY scope_delete ON {{schema}}.episode FOR DELETE TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')));

ALTER TABLE {{schema}}.episode_vector ENABLE ROW LEVEL SECURITY;
ALTER TABLE {{schema}}.episode_vector FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON {{schema}}.episode_vector TO {{admin}} USING (true);
CREATE POLICY scope_insert ON {{schema}}.episode_vector FOR INSERT TO {{app}}
  WITH CHECK (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), '')));
CREATE POLICY scope_select ON {{schema}}.episode_vector FOR SELECT TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')));
CREATE POLICY scope_delete ON {{schema}}.episode_vector FOR DELETE TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')));

ALTER TABLE {{schema}}.node_words ENABLE ROW LEVEL SECURITY;
ALTER TABLE {{schema}}.node_words FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON {{schema}}.node_words TO {{admin}} USING (true);
CREATE POLICY scope_insert ON {{schema}}.node_words FOR INSERT TO {{app}}
  WITH CHECK (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), '')));
CREATE POLICY scope_select ON {{schema}}.node_words FOR SELECT TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')));
CREATE POLICY scope_update ON {{schema}}.node_words FOR UPDATE TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')))
  WITH CHECK (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')));
CREATE POLICY scope_delete ON {{schema}}.node_words FOR DELETE TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), ''))
    OR user_id = (SELECT NULLIF(current_setting('holdfast.user_id', true), '')));

ALTER TABLE {{schema}}.owner_index ENABLE ROW LEVEL SECURITY;
ALTER TABLE {{schema}}.owner_index FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON {{schema}}.owner_index TO {{admin}} USING (true);
CREATE POLICY scope_select ON {{schema}}.owner_index FOR SELECT TO {{app}}
  USING (owner_key = (SELECT NULLIF(current_setting('holdfast.owner_key', true), '')));
GRANT SELECT ON {{schema}}.owner_index TO {{app}};
GRANT SELECT, INSERT, UPDATE, DELETE ON {{schema}}.owner_index TO {{admin}};
