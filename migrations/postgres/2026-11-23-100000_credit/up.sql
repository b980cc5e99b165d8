-- Compensatory rest: what is owed for rest and hours that were taken away, in minutes, and all that became of it.
-- Lots are facts and never change; what is left of one is the sum of its movements. Nothing here ever expires.
CREATE TABLE comp_lots (
    id BYTEA NOT NULL UNIQUE CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    minutes INTEGER NOT NULL CHECK (minutes BETWEEN 1 AND 527040),
    origin TEXT NOT NULL CHECK (origin IN ('cancelled_rest', 'rest_day_duty', 'holiday_duty', 'overtime', 'short_daily_rest', 'post_duty', 'recall', 'derogation', 'adjustment')),
    origin_id BYTEA NOT NULL CHECK (length(origin_id) = 16),
    earned_on DATE NOT NULL,
    offer_by DATE,
    take_by DATE NOT NULL,
    unit_id BYTEA NOT NULL REFERENCES units (id),
    policy TEXT NOT NULL,
    reason TEXT CHECK (length(reason) <= 1000),
    account_id BYTEA REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    CHECK (earned_on <= take_by),
    PRIMARY KEY (officer_id, id)
);
CREATE UNIQUE INDEX comp_lots_one ON comp_lots (origin, origin_id);

CREATE TABLE comp_movements (
    id BYTEA NOT NULL CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    lot_id BYTEA NOT NULL REFERENCES comp_lots (id),
    kind TEXT NOT NULL CHECK (kind IN ('opening', 'credited', 'reserved', 'released', 'adjusted', 'settled')),
    minutes INTEGER NOT NULL CHECK (minutes <> 0),
    leave_on DATE,
    request_id BYTEA REFERENCES leave_requests (id),
    rest_day_id BYTEA REFERENCES rest_days (id),
    offer_by DATE,
    cause TEXT NOT NULL CHECK (length(cause) <= 1000),
    account_id BYTEA REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    CHECK (kind NOT IN ('reserved', 'released') OR (leave_on IS NOT NULL AND (request_id IS NULL) <> (rest_day_id IS NULL))),
    CHECK (kind IN ('reserved', 'released') OR (leave_on IS NULL AND request_id IS NULL AND rest_day_id IS NULL)),
    CHECK (kind NOT IN ('reserved', 'settled') OR minutes < 0),
    CHECK (kind NOT IN ('opening', 'credited', 'released') OR minutes > 0),
    PRIMARY KEY (officer_id, id)
);

-- Time or pay: the officer's own word on what is not reserved; the latest counts.
CREATE TABLE comp_choices (
    id BYTEA NOT NULL CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    lot_id BYTEA NOT NULL REFERENCES comp_lots (id),
    choice TEXT NOT NULL CHECK (choice IN ('time', 'pay')),
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    PRIMARY KEY (officer_id, id)
);

-- A rest day that was taken away: when the person was told, why, who answers for it, and what it is worth.
CREATE TABLE rest_cancellations (
    id BYTEA NOT NULL UNIQUE CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    rest_day_id BYTEA NOT NULL UNIQUE REFERENCES rest_days (id),
    unit_id BYTEA NOT NULL REFERENCES units (id),
    on_date DATE NOT NULL,
    notified_at TIMESTAMP NOT NULL,
    reason_code TEXT NOT NULL CHECK (reason_code IN ('exigency', 'staffing', 'court', 'officer_request', 'other')),
    note TEXT CHECK (length(note) <= 1000),
    clear_days INTEGER NOT NULL CHECK (clear_days >= 0),
    multiplier_percent INTEGER NOT NULL CHECK (multiplier_percent BETWEEN 0 AND 1000),
    minutes INTEGER NOT NULL CHECK (minutes >= 0),
    lot_id BYTEA REFERENCES comp_lots (id),
    account_id BYTEA REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    PRIMARY KEY (officer_id, id)
);

CREATE TRIGGER comp_lots_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON comp_lots FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER comp_movements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON comp_movements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER comp_choices_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON comp_choices FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rest_cancellations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rest_cancellations FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
