-- Recall from leave. A request says how often it was recalled, and from when on nothing of it stands any more; what was
-- recalled, why, and what that gave is a row of its own that nobody changes. The span stays as it was granted.
ALTER TABLE leave_requests ADD COLUMN recalls INTEGER NOT NULL DEFAULT 0 CHECK (recalls >= 0);
ALTER TABLE leave_requests ADD COLUMN recalled_on DATE;

CREATE TABLE leave_recalls (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    request_id BYTEA NOT NULL REFERENCES leave_requests (id),
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    recalled_days INTEGER NOT NULL CHECK (recalled_days >= 0),
    returned INTEGER NOT NULL CHECK (returned >= 0 AND returned <= 2 * recalled_days),
    credited INTEGER NOT NULL CHECK (credited >= 0),
    findings TEXT NOT NULL,
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    CHECK (from_on <= to_on)
);
CREATE INDEX leave_recalls_of ON leave_recalls (officer_id, from_on);
CREATE INDEX leave_recalls_by_request ON leave_recalls (request_id, from_on);

-- Two recalls of one leave never take back the same date.
CREATE FUNCTION refuse_overlap_of_recalls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM leave_recalls WHERE request_id = NEW.request_id AND from_on <= NEW.to_on AND to_on >= NEW.from_on) THEN
        RAISE EXCEPTION 'leave_recalls overlap';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leave_recalls_no_overlap BEFORE INSERT ON leave_recalls FOR EACH ROW EXECUTE FUNCTION refuse_overlap_of_recalls();
CREATE TRIGGER leave_recalls_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON leave_recalls FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
