-- SQLite makes a table of its own of every list of three and more, each time a row is checked: a tenth of what it costs to keep
-- a request and its movements. So that what is written most often is held against its words one by one; the words are the same.
CREATE TEMP TABLE kept AS SELECT * FROM leave_requests;
DROP TABLE leave_requests;
CREATE TABLE leave_requests (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    kind TEXT NOT NULL CHECK (kind = 'annual' OR kind = 'home_leave_spouse' OR kind = 'home_leave_parents_unmarried'
        OR kind = 'home_leave_parents_married' OR kind = 'marriage' OR kind = 'maternity'
        OR kind = 'miscarriage' OR kind = 'paternity' OR kind = 'childcare' OR kind = 'bereavement'
        OR kind = 'personal' OR kind = 'sick' OR kind = 'injury_on_duty' OR kind = 'only_child_care'
        OR kind = 'exam_companion' OR kind = 'recuperation' OR kind = 'womens_day' OR kind = 'compensatory'),
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    first_day TEXT NOT NULL CHECK (first_day IN ('full', 'pm')),
    last_day TEXT NOT NULL CHECK (last_day IN ('full', 'am')),
    state TEXT NOT NULL CHECK (state = 'submitted' OR state = 'approved' OR state = 'rejected' OR state = 'withdrawn' OR state = 'expired'
        OR state = 'cancelled' OR state = 'completed'),
    half_days INTEGER NOT NULL CHECK (half_days >= 0),
    note TEXT CHECK (length(note) <= 1000),
    cover_officer_id BLOB REFERENCES officers (id),
    entered_by BLOB NOT NULL REFERENCES accounts (id),
    submitted_at TIMESTAMP NOT NULL,
    expires_on DATE,
    policy_fingerprint TEXT NOT NULL,
    findings TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    pay_kept BOOLEAN CHECK (pay_kept IS NULL OR kind = 'personal'),
    recalls INTEGER NOT NULL DEFAULT 0 CHECK (recalls >= 0),
    recalled_on DATE,
    CHECK (from_on <= to_on),
    CHECK (from_on < to_on OR first_day = 'full' OR last_day = 'full')
);
INSERT INTO leave_requests (id, officer_id, kind, from_on, to_on, first_day, last_day, state, half_days, note, cover_officer_id, entered_by, submitted_at, expires_on, policy_fingerprint, findings, version, pay_kept, recalls, recalled_on)
    SELECT id, officer_id, kind, from_on, to_on, first_day, last_day, state, half_days, note, cover_officer_id, entered_by, submitted_at, expires_on, policy_fingerprint, findings, version, pay_kept, recalls, recalled_on
    FROM kept ORDER BY id;
DROP TABLE kept;
CREATE INDEX leave_requests_undecided ON leave_requests (officer_id, expires_on) WHERE state = 'submitted';
CREATE INDEX leave_requests_by_state ON leave_requests (state, id);
CREATE INDEX leave_requests_of ON leave_requests
    (officer_id, from_on, id, kind, to_on, first_day, last_day, state, expires_on, pay_kept, recalls, recalled_on);
CREATE TEMP TABLE kept AS SELECT * FROM leave_ledger;
DROP TABLE leave_ledger;
CREATE TABLE leave_ledger (
    id BLOB NOT NULL CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    lot_id BLOB NOT NULL REFERENCES leave_lots (id),
    kind TEXT NOT NULL CHECK (kind = 'opening' OR kind = 'reserved' OR kind = 'released' OR kind = 'adjusted' OR kind = 'carried_out'
        OR kind = 'carried_in' OR kind = 'credited' OR kind = 'settled'),
    quantity INTEGER NOT NULL CHECK (quantity <> 0),
    unit TEXT NOT NULL CHECK (unit IN ('half_day', 'minute')),
    leave_on DATE,
    request_id BLOB REFERENCES leave_requests (id),
    cause TEXT NOT NULL CHECK (length(cause) <= 1000),
    account_id BLOB REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    CHECK (kind NOT IN ('reserved', 'released') OR (leave_on IS NOT NULL AND request_id IS NOT NULL)),
    CHECK (kind <> 'reserved' OR quantity < 0),
    CHECK (kind <> 'released' OR quantity > 0),
    PRIMARY KEY (officer_id, id)
) WITHOUT ROWID;
INSERT INTO leave_ledger (id, officer_id, lot_id, kind, quantity, unit, leave_on, request_id, cause, account_id, recorded_at)
    SELECT id, officer_id, lot_id, kind, quantity, unit, leave_on, request_id, cause, account_id, recorded_at
    FROM kept ORDER BY officer_id, id;
DROP TABLE kept;
CREATE INDEX leave_ledger_by_request ON leave_ledger (request_id);
CREATE TRIGGER leave_ledger_no_update BEFORE UPDATE ON leave_ledger BEGIN SELECT RAISE(ABORT, 'leave_ledger is append-only'); END;
CREATE TRIGGER leave_ledger_no_delete BEFORE DELETE ON leave_ledger BEGIN SELECT RAISE(ABORT, 'leave_ledger is append-only'); END;
