-- Officers are asked for by their id: their rows lie in its order, found once instead of first their number and then the row.
-- Everything refers to them; that nothing is looked for while they are away is seen to where migrations are run.
CREATE TEMP TABLE kept AS SELECT * FROM officers;
DROP TABLE officers;
CREATE TABLE officers (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    badge_no TEXT NOT NULL CONSTRAINT officers_badge_no_key UNIQUE CHECK (length(badge_no) BETWEEN 1 AND 32),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    sex TEXT NOT NULL CHECK (sex IN ('male', 'female')),
    born_on DATE,
    post TEXT CHECK (length(post) BETWEEN 1 AND 100),
    rank TEXT CHECK (length(rank) BETWEEN 1 AND 100),
    joined_on DATE,
    shift_worker BOOLEAN NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    created_at TIMESTAMP NOT NULL
) WITHOUT ROWID;
INSERT INTO officers (id, badge_no, name, sex, born_on, post, rank, joined_on, shift_worker, version, created_at) SELECT id, badge_no, name, sex, born_on, post, rank, joined_on, shift_worker, version, created_at FROM kept ORDER BY id;
DROP TABLE kept;
CREATE INDEX officers_by_name ON officers (name);
CREATE INDEX officers_by_post ON officers (post) WHERE post IS NOT NULL;
