-- What belongs to an officer is found by the officer, and lies in that order: everything about one person is on few pages,
-- and no row is looked up a second time by its number. The indexes that said the same are gone.

CREATE TABLE officer_units_new (
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    effective_on DATE NOT NULL,
    until_on DATE NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP,
    CHECK (effective_on < until_on),
    PRIMARY KEY (officer_id, effective_on, id)
) WITHOUT ROWID;
INSERT INTO officer_units_new (id, officer_id, unit_id, effective_on, until_on, recorded_at, superseded_at) SELECT id, officer_id, unit_id, effective_on, until_on, recorded_at, superseded_at FROM officer_units;
DROP TABLE officer_units;
ALTER TABLE officer_units_new RENAME TO officer_units;
CREATE UNIQUE INDEX officer_units_one ON officer_units (officer_id, effective_on) WHERE superseded_at IS NULL;
CREATE INDEX officer_units_of ON officer_units (unit_id);

CREATE TABLE officer_categories_new (
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    category TEXT NOT NULL CHECK (category IN ('police', 'auxiliary', 'staff', 'retired')),
    effective_on DATE NOT NULL,
    until_on DATE NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP,
    CHECK (effective_on < until_on),
    PRIMARY KEY (officer_id, effective_on, id)
) WITHOUT ROWID;
INSERT INTO officer_categories_new (id, officer_id, category, effective_on, until_on, recorded_at, superseded_at) SELECT id, officer_id, category, effective_on, until_on, recorded_at, superseded_at FROM officer_categories;
DROP TABLE officer_categories;
ALTER TABLE officer_categories_new RENAME TO officer_categories;
CREATE UNIQUE INDEX officer_categories_one ON officer_categories (officer_id, effective_on) WHERE superseded_at IS NULL;

CREATE TABLE service_periods_new (
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    from_on DATE NOT NULL,
    to_on DATE,
    kind TEXT NOT NULL CHECK (kind IN ('employment', 'military')),
    origin TEXT NOT NULL CHECK (origin IN ('entered', 'imported')),
    recorded_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP,
    CHECK (to_on IS NULL OR to_on >= from_on),
    PRIMARY KEY (officer_id, from_on, id)
) WITHOUT ROWID;
INSERT INTO service_periods_new (id, officer_id, from_on, to_on, kind, origin, recorded_at, superseded_at) SELECT id, officer_id, from_on, to_on, kind, origin, recorded_at, superseded_at FROM service_periods;
DROP TABLE service_periods;
ALTER TABLE service_periods_new RENAME TO service_periods;

CREATE TABLE leave_slots_new (
    officer_id BLOB NOT NULL REFERENCES officers (id),
    on_date DATE NOT NULL,
    half TEXT NOT NULL CHECK (half IN ('am', 'pm')),
    request_id BLOB NOT NULL REFERENCES leave_requests (id),
    CONSTRAINT leave_slots_pkey PRIMARY KEY (officer_id, on_date, half)
) WITHOUT ROWID;
INSERT INTO leave_slots_new (officer_id, on_date, half, request_id) SELECT officer_id, on_date, half, request_id FROM leave_slots;
DROP TABLE leave_slots;
ALTER TABLE leave_slots_new RENAME TO leave_slots;
CREATE INDEX leave_slots_of ON leave_slots (request_id);

CREATE TABLE leave_request_years_new (
    request_id BLOB NOT NULL REFERENCES leave_requests (id),
    leave_year INTEGER NOT NULL,
    half_days INTEGER NOT NULL CHECK (half_days >= 0),
    PRIMARY KEY (request_id, leave_year)
) WITHOUT ROWID;
INSERT INTO leave_request_years_new (request_id, leave_year, half_days) SELECT request_id, leave_year, half_days FROM leave_request_years;
DROP TABLE leave_request_years;
ALTER TABLE leave_request_years_new RENAME TO leave_request_years;

CREATE TABLE outbox_new (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    topic TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    officer_id BLOB REFERENCES officers (id),
    recorded_at TIMESTAMP NOT NULL,
    delivered_at TIMESTAMP
) WITHOUT ROWID;
INSERT INTO outbox_new (id, topic, subject_id, officer_id, recorded_at, delivered_at) SELECT id, topic, subject_id, officer_id, recorded_at, delivered_at FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_new RENAME TO outbox;
CREATE INDEX outbox_waiting ON outbox (id) WHERE delivered_at IS NULL;

-- Movements name lots: the old movements go first.
DROP TRIGGER leave_ledger_no_update;
DROP TRIGGER leave_ledger_no_delete;
CREATE TABLE leave_lots_new (
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    kind TEXT NOT NULL CHECK (kind IN ('annual', 'home_leave_spouse', 'home_leave_parents_unmarried', 'home_leave_parents_married', 'marriage', 'maternity', 'miscarriage', 'paternity', 'childcare', 'bereavement', 'personal', 'sick', 'injury_on_duty', 'only_child_care', 'exam_companion', 'recuperation', 'womens_day', 'compensatory')),
    source TEXT NOT NULL CHECK (source IN ('own', 'carried', 'adjusted', 'recall', 'reopened', 'opening')),
    origin_year INTEGER NOT NULL,
    valid_from DATE NOT NULL,
    expires_on DATE NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    CHECK (valid_from <= expires_on),
    PRIMARY KEY (officer_id, kind, id)
) WITHOUT ROWID;
INSERT INTO leave_lots_new (id, officer_id, kind, source, origin_year, valid_from, expires_on, recorded_at) SELECT id, officer_id, kind, source, origin_year, valid_from, expires_on, recorded_at FROM leave_lots;
CREATE TEMP TABLE movements AS SELECT * FROM leave_ledger;
DROP TABLE leave_ledger;
DROP TABLE leave_lots;
ALTER TABLE leave_lots_new RENAME TO leave_lots;
CREATE UNIQUE INDEX leave_lots_own ON leave_lots (officer_id, kind, origin_year) WHERE source = 'own';
CREATE TABLE leave_ledger (
    id BLOB NOT NULL CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    lot_id BLOB NOT NULL REFERENCES leave_lots (id),
    kind TEXT NOT NULL CHECK (kind IN ('opening', 'reserved', 'released', 'adjusted', 'carried_out', 'carried_in', 'credited', 'settled')),
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
INSERT INTO leave_ledger (id, officer_id, lot_id, kind, quantity, unit, leave_on, request_id, cause, account_id, recorded_at) SELECT id, officer_id, lot_id, kind, quantity, unit, leave_on, request_id, cause, account_id, recorded_at FROM movements;
DROP TABLE movements;
CREATE INDEX leave_ledger_by_request ON leave_ledger (request_id);
CREATE TRIGGER leave_ledger_no_update BEFORE UPDATE ON leave_ledger BEGIN SELECT RAISE(ABORT, 'leave_ledger is append-only'); END;
CREATE TRIGGER leave_ledger_no_delete BEFORE DELETE ON leave_ledger BEGIN SELECT RAISE(ABORT, 'leave_ledger is append-only'); END;
