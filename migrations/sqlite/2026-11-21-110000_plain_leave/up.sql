-- Whether pay was kept during personal leave (Order 514 art. 4 (2)): nothing until hr says so.
ALTER TABLE leave_requests ADD COLUMN pay_kept BOOLEAN CHECK (pay_kept IS NULL OR kind = 'personal');

-- What hr decided on days held after an event of Order 514 art. 4; quantities in half days.
CREATE TABLE entitlement_decisions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    leave_year INTEGER NOT NULL,
    event_on DATE NOT NULL,
    held INTEGER NOT NULL CHECK (held > 0),
    given_back INTEGER NOT NULL CHECK (given_back BETWEEN 0 AND held),
    kept INTEGER NOT NULL CHECK (kept >= given_back),
    reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    account_id BLOB REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL
);
CREATE INDEX entitlement_decisions_of ON entitlement_decisions (officer_id, leave_year);

-- What an opening file said of an officer and a leave year, once; quantities in half days.
CREATE TABLE leave_openings (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    leave_year INTEGER NOT NULL,
    as_of DATE NOT NULL,
    taken INTEGER NOT NULL CHECK (taken >= 0),
    carried_in INTEGER NOT NULL CHECK (carried_in >= 0),
    reason TEXT CHECK (length(reason) BETWEEN 1 AND 1000),
    account_id BLOB REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX leave_openings_one ON leave_openings (officer_id, leave_year);

CREATE TRIGGER entitlement_decisions_no_update BEFORE UPDATE ON entitlement_decisions BEGIN SELECT RAISE(ABORT, 'entitlement_decisions is append-only'); END;
CREATE TRIGGER entitlement_decisions_no_delete BEFORE DELETE ON entitlement_decisions BEGIN SELECT RAISE(ABORT, 'entitlement_decisions is append-only'); END;
CREATE TRIGGER leave_openings_no_update BEFORE UPDATE ON leave_openings BEGIN SELECT RAISE(ABORT, 'leave_openings is append-only'); END;
CREATE TRIGGER leave_openings_no_delete BEFORE DELETE ON leave_openings BEGIN SELECT RAISE(ABORT, 'leave_openings is append-only'); END;
