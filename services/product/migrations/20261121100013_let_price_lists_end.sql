-- A price list that is deleted keeps its row: the history of prices names it.
ALTER TABLE price_lists
    -- Null while it is there. One that is deleted has no prices.
    ADD COLUMN deleted_at timestamptz;
