-- What came back, and who is not written to, is known by the address and names nobody: a suppression holds for ever, also when
-- whoever had the address is erased.
CREATE FUNCTION address_hash(address text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN encode(sha256(convert_to(lower(address), 'UTF8')), 'hex');

-- Whose address it is, as long as somebody has it.
CREATE INDEX contacts_address ON contacts (address_hash(email)) WHERE deleted_at IS NULL;

UPDATE suppressions SET address = address_hash(address);
-- As the mail server says it: that may name people.
UPDATE bounces b SET address = address_hash(b.address), detail = CASE WHEN EXISTS (SELECT FROM contacts c
    WHERE address_hash(c.email) = address_hash(b.address) AND c.deleted_at IS NULL) THEN b.detail ELSE '' END;

-- Here rather than in the service, so that the version before, which goes on for a moment, writes no address either.
CREATE FUNCTION hash_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.address := address_hash(NEW.address);
    RETURN NEW;
END
$$;

CREATE TRIGGER suppressions_hash_address BEFORE INSERT ON suppressions FOR EACH ROW EXECUTE FUNCTION hash_address();
CREATE TRIGGER bounces_hash_address BEFORE INSERT ON bounces FOR EACH ROW EXECUTE FUNCTION hash_address();

-- They are kept for some time only.
CREATE INDEX bounces_at ON bounces (at);
