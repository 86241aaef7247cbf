-- The tree of categories. Categories are added and never moved, so each row can carry the way to its root.
CREATE TABLE categories (
    category_id  uuid        CONSTRAINT categories_pk PRIMARY KEY,
    parent_id    uuid        CONSTRAINT categories_parent_fk REFERENCES categories (category_id),
    -- From the root down to the category itself; a subtree is one containment test, a cycle can't be written.
    path         uuid[]      NOT NULL,
    -- For addresses that people read.
    slug         text        NOT NULL CONSTRAINT categories_slug_unique UNIQUE,
    name         text        NOT NULL,
    created_at   timestamptz NOT NULL,
    CONSTRAINT categories_slug_shape CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT categories_depth CHECK (cardinality(path) BETWEEN 1 AND 5),
    CONSTRAINT categories_path_ends_here CHECK (path[cardinality(path)] = category_id)
);

CREATE INDEX categories_parent_id ON categories (parent_id);
CREATE INDEX categories_path ON categories USING gin (path);
