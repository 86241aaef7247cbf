-- Categories can be renamed, moved and put in order; a move writes the paths of the whole branch anew, while nobody else
-- changes the tree.
ALTER TABLE categories
    -- Among its siblings; those of one position stand by name.
    ADD COLUMN position     integer     NOT NULL DEFAULT 0,
    -- Names in further languages: {"en": "Coffee"}.
    ADD COLUMN translations jsonb       NOT NULL DEFAULT '{}',
    -- Null for one that was never edited.
    ADD COLUMN updated_at   timestamptz;
