-- Who is seconded, on a course or suspended, from one date to another: they are not there for duty, and the quotas of rest do
-- not count them when it is long.
CREATE TABLE absences (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    kind TEXT NOT NULL CHECK (kind IN ('secondment', 'course', 'suspension')),
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    account_id BYTEA REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    -- When it was ended before its time, and with which date; none where it was taken back whole.
    ended_at TIMESTAMP,
    ended_by BYTEA REFERENCES accounts (id),
    end_reason TEXT CHECK (length(end_reason) BETWEEN 1 AND 1000),
    last_on DATE,
    CHECK (from_on <= to_on),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CHECK (last_on IS NULL OR (ended_at IS NOT NULL AND from_on <= last_on AND last_on < to_on))
);
CREATE INDEX absences_of ON absences (officer_id, from_on);
CREATE TRIGGER absences_no_delete BEFORE DELETE OR TRUNCATE ON absences FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
