-- Who did what to whom, from where, when, and what came of it. Nothing secret is in it.
CREATE TABLE audit_log (
    entry_id       bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_log_pk PRIMARY KEY,
    at             timestamptz NOT NULL,
    -- Who; none when nobody was known, or a job did it.
    actor_id       uuid,
    -- Whose account; none when the address has none. No foreign key: entries outlive accounts.
    subject_id     uuid,
    -- What, such as log_in.
    action         text        NOT NULL,
    -- What came of it, such as done or wrong_password.
    outcome        text        NOT NULL,
    -- The address it came from, until it is erased.
    source         text,
    -- A word more, such as a role.
    detail         text
);

CREATE INDEX audit_log_subject_id ON audit_log (subject_id, entry_id);
CREATE INDEX audit_log_actor_id ON audit_log (actor_id, entry_id);
CREATE INDEX audit_log_action ON audit_log (action, entry_id);
CREATE INDEX audit_log_source_at ON audit_log (at) WHERE source IS NOT NULL;

-- Append only, whoever asks: the one change allowed is that a source, which is personal, is erased.
CREATE FUNCTION audit_log_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.source IS NULL AND OLD.source IS NOT NULL
        AND to_jsonb(NEW) - 'source' = to_jsonb(OLD) - 'source' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_log is append-only';
END
$$;

CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_keeps();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_keeps();
