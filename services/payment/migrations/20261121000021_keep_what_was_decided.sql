-- What administrators decided and what providers reported stays: rows are only added. Words of a person are erased with
-- them, and nothing else is ever changed.
CREATE FUNCTION history_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_NARGS = 1 THEN
        IF to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0] AND to_jsonb(NEW) ->> TG_ARGV[0] = 'erased' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is only added to; words of a person are erased, nothing else', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER decisions_stay BEFORE UPDATE OR DELETE ON decisions
    FOR EACH ROW EXECUTE FUNCTION history_stays('reason');
CREATE TRIGGER decisions_not_emptied BEFORE TRUNCATE ON decisions
    FOR EACH STATEMENT EXECUTE FUNCTION history_stays();
CREATE TRIGGER reports_stay BEFORE UPDATE OR DELETE ON reports
    FOR EACH ROW EXECUTE FUNCTION history_stays();
CREATE TRIGGER reports_not_emptied BEFORE TRUNCATE ON reports
    FOR EACH STATEMENT EXECUTE FUNCTION history_stays();
