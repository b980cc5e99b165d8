-- Compensatory rest: what is owed for rest and hours that were taken away, in minutes, and all that became of it.
-- Lots are facts and never change; what is left of one is the sum of its movements. Nothing here ever expires.
CREATE TABLE comp_lots (
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    minutes INTEGER NOT NULL CHECK (minutes BETWEEN 1 AND 527040),
    origin TEXT NOT NULL CHECK (origin IN ('cancelled_rest', 'rest_day_duty', 'holiday_duty', 'overtime', 'short_daily_rest', 'post_duty', 'recall', 'derogation', 'adjustment')),
    origin_id BLOB NOT NULL CHECK (length(origin_id) = 16),
    earned_on DATE NOT NULL,
    offer_by DATE,
    take_by DATE NOT NULL,
    unit_id BLOB NOT NULL REFERENCES units (id),
    policy TEXT NOT NULL,
    reason TEXT CHECK (length(reason) <= 1000),
    account_id BLOB REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    CHECK (earned_on <= take_by),
    PRIMARY KEY (officer_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX comp_lots_one ON comp_lots (origin, origin_id);

CREATE TABLE comp_movements (
    id BLOB NOT NULL CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    lot_id BLOB NOT NULL REFERENCES comp_lots (id),
    kind TEXT NOT NULL CHECK (kind IN ('opening', 'credited', 'reserved', 'released', 'adjusted', 'settled')),
    minutes INTEGER NOT NULL CHECK (minutes <> 0),
    leave_on DATE,
    request_id BLOB REFERENCES leave_requests (id),
    rest_day_id BLOB REFERENCES rest_days (id),
    offer_by DATE,
    cause TEXT NOT NULL CHECK (length(cause) <= 1000),
    account_id BLOB REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    CHECK (kind NOT IN ('reserved', 'released') OR (leave_on IS NOT NULL AND (request_id IS NULL) <> (rest_day_id IS NULL))),
    CHECK (kind IN ('reserved', 'released') OR (leave_on IS NULL AND request_id IS NULL AND rest_day_id IS NULL)),
    CHECK (kind NOT IN ('reserved', 'settled') OR minutes < 0),
    CHECK (kind NOT IN ('opening', 'credited', 'released') OR minutes > 0),
    PRIMARY KEY (officer_id, id)
) WITHOUT ROWID;

-- Time or pay: the officer's own word on what is not reserved; the latest counts.
CREATE TABLE comp_choices (
    id BLOB NOT NULL CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    lot_id BLOB NOT NULL REFERENCES comp_lots (id),
    choice TEXT NOT NULL CHECK (choice IN ('time', 'pay')),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    PRIMARY KEY (officer_id, id)
) WITHOUT ROWID;

-- A rest day that was taken away: when the person was told, why, who answers for it, and what it is worth.
CREATE TABLE rest_cancellations (
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    rest_day_id BLOB NOT NULL UNIQUE REFERENCES rest_days (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    on_date DATE NOT NULL,
    notified_at TIMESTAMP NOT NULL,
    reason_code TEXT NOT NULL CHECK (reason_code IN ('exigency', 'staffing', 'court', 'officer_request', 'other')),
    note TEXT CHECK (length(note) <= 1000),
    clear_days INTEGER NOT NULL CHECK (clear_days >= 0),
    multiplier_percent INTEGER NOT NULL CHECK (multiplier_percent BETWEEN 0 AND 1000),
    minutes INTEGER NOT NULL CHECK (minutes >= 0),
    lot_id BLOB REFERENCES comp_lots (id),
    account_id BLOB REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    PRIMARY KEY (officer_id, id)
) WITHOUT ROWID;

CREATE TRIGGER comp_lots_no_update BEFORE UPDATE ON comp_lots BEGIN SELECT RAISE(ABORT, 'comp_lots is append-only'); END;
CREATE TRIGGER comp_lots_no_delete BEFORE DELETE ON comp_lots BEGIN SELECT RAISE(ABORT, 'comp_lots is append-only'); END;
CREATE TRIGGER comp_movements_no_update BEFORE UPDATE ON comp_movements BEGIN SELECT RAISE(ABORT, 'comp_movements is append-only'); END;
CREATE TRIGGER comp_movements_no_delete BEFORE DELETE ON comp_movements BEGIN SELECT RAISE(ABORT, 'comp_movements is append-only'); END;
CREATE TRIGGER comp_choices_no_update BEFORE UPDATE ON comp_choices BEGIN SELECT RAISE(ABORT, 'comp_choices is append-only'); END;
CREATE TRIGGER comp_choices_no_delete BEFORE DELETE ON comp_choices BEGIN SELECT RAISE(ABORT, 'comp_choices is append-only'); END;
CREATE TRIGGER rest_cancellations_no_update BEFORE UPDATE ON rest_cancellations BEGIN SELECT RAISE(ABORT, 'rest_cancellations is append-only'); END;
CREATE TRIGGER rest_cancellations_no_delete BEFORE DELETE ON rest_cancellations BEGIN SELECT RAISE(ABORT, 'rest_cancellations is append-only'); END;
