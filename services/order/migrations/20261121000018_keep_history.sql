-- What happened stays: rows are only added. Words of a person are erased with them, and nothing else is ever changed.
CREATE FUNCTION history_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0] AND to_jsonb(NEW) ->> TG_ARGV[0] LIKE '%erased' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is only added to; words of a person are erased, nothing else', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER order_history_stays BEFORE UPDATE OR DELETE ON order_history
    FOR EACH ROW EXECUTE FUNCTION history_stays('reason');
CREATE TRIGGER order_history_not_emptied BEFORE TRUNCATE ON order_history
    FOR EACH STATEMENT EXECUTE FUNCTION history_stays();
CREATE TRIGGER order_timeline_stays BEFORE UPDATE OR DELETE ON order_timeline
    FOR EACH ROW EXECUTE FUNCTION history_stays('text');
CREATE TRIGGER order_timeline_not_emptied BEFORE TRUNCATE ON order_timeline
    FOR EACH STATEMENT EXECUTE FUNCTION history_stays();
