-- Who asked for what, and what was paid for which month.

-- Why a rest order was ended before its time, or its draft discarded.
ALTER TABLE rest_orders ADD COLUMN end_reason TEXT CHECK (length(end_reason) <= 1000);

-- Why a rest day was entered when its date was over. Such a day counts once its officer has confirmed it.
ALTER TABLE rest_days ADD COLUMN late_reason TEXT CHECK (length(late_reason) <= 1000);

-- An officer asks for another day in place of a rest day: only then does the day cost the service nothing.
CREATE TABLE rest_day_asks (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    rest_day_id BLOB NOT NULL REFERENCES rest_days (id),
    state TEXT NOT NULL CHECK (state IN ('asked', 'withdrawn', 'granted')),
    note TEXT CHECK (length(note) <= 1000),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    asked_at TIMESTAMP NOT NULL,
    closed_at TIMESTAMP,
    CHECK ((state = 'asked') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX rest_day_asks_one ON rest_day_asks (rest_day_id) WHERE state = 'asked';
CREATE INDEX rest_day_asks_of ON rest_day_asks (rest_day_id);

-- What was paid of a lot, and for which month: a month pays no more than its cap.
CREATE TABLE comp_payments (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    lot_id BLOB NOT NULL REFERENCES comp_lots (id),
    month_on DATE NOT NULL,
    minutes INTEGER NOT NULL CHECK (minutes > 0),
    cap_minutes INTEGER CHECK (cap_minutes >= 0),
    amount BIGINT CHECK (amount >= 0),
    currency TEXT CHECK (length(currency) = 3),
    policy TEXT,
    note TEXT CHECK (length(note) <= 1000),
    account_id BLOB REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    CHECK ((amount IS NULL) = (currency IS NULL))
);
CREATE INDEX comp_payments_of ON comp_payments (officer_id, month_on);
CREATE INDEX comp_payments_of_lot ON comp_payments (lot_id);

CREATE TRIGGER comp_payments_no_update BEFORE UPDATE ON comp_payments BEGIN SELECT RAISE(ABORT, 'comp_payments is append-only'); END;
CREATE TRIGGER comp_payments_no_delete BEFORE DELETE ON comp_payments BEGIN SELECT RAISE(ABORT, 'comp_payments is append-only'); END;
CREATE TRIGGER rest_day_asks_no_delete BEFORE DELETE ON rest_day_asks BEGIN SELECT RAISE(ABORT, 'rest_day_asks is append-only'); END;
