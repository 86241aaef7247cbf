-- What somebody calls their device is personal, and stood in the log of log-ins, which outlives accounts.
CREATE OR REPLACE FUNCTION audit_log_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Append only, whoever asks: the one change allowed is that what is personal is erased: a source, the label of a device.
    IF TG_OP = 'UPDATE' AND (NEW.source IS NULL OR NEW.source = OLD.source)
        AND (NEW.detail IS NOT DISTINCT FROM OLD.detail
            OR NEW.detail IS NULL AND OLD.action IN ('log_in', 'second_factor'))
        AND to_jsonb(NEW) - '{source,detail}'::text[] = to_jsonb(OLD) - '{source,detail}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_log is append-only';
END
$$;

UPDATE audit_log SET detail = NULL WHERE action IN ('log_in', 'second_factor') AND detail IS NOT NULL;
