-- A turn of a call need not reach its provider: it may be known no more, or be asked first how the payment stands. What was
-- sent is what may have acted, and what the life of an idempotency key counts from.
ALTER TABLE attempts
    -- How often a job took it up; `tries` counts what was sent. Versions of before count both as tries.
    ADD COLUMN turns int NOT NULL DEFAULT 0,
    -- When it was sent first; NULL where it never was, and in rows of before, whose time is then that of their making.
    ADD COLUMN sent_at timestamptz;
UPDATE attempts SET turns = tries WHERE state = 'started';

-- What was told of calls that were answered since is over.
UPDATE discrepancies d SET resolved_at = now(), note = 'gone by itself'
WHERE kind = 'call_unanswered' AND resolved_at IS NULL
    AND NOT EXISTS (SELECT FROM attempts a WHERE a.payment_id = d.payment_id AND a.state = 'started');
