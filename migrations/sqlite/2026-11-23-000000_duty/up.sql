-- Duty and rest. What belongs to an officer is keyed by the officer and its time: a person's shifts in a span are one
-- range of the key, a unit's shifts in a period one range of an index.

-- A shift as it stands now; what it was before a change is kept in duty_shift_history. The actual hours are those on
-- which officer and leader agreed (duty_actuals has what each said).
CREATE TABLE duty_shifts (
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    starts_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('duty', 'overnight', 'standby', 'overtime', 'training', 'court', 'travel', 'protected')),
    state TEXT NOT NULL CHECK (state IN ('planned', 'published', 'cancelled')),
    counted_minutes INTEGER NOT NULL CHECK (counted_minutes >= 0),
    source TEXT NOT NULL CHECK (source IN ('entry', 'import', 'pattern', 'swap')),
    version INTEGER NOT NULL CHECK (version > 0),
    recorded_at TIMESTAMP NOT NULL,
    recorded_by BLOB REFERENCES accounts (id),
    replaces_id BLOB,
    override_reason TEXT CHECK (length(override_reason) <= 1000),
    note TEXT CHECK (length(note) <= 1000),
    actual_starts_at TIMESTAMP,
    actual_ends_at TIMESTAMP,
    actual_minutes INTEGER CHECK (actual_minutes >= 0),
    ended_at TIMESTAMP,
    end_reason TEXT CHECK (length(end_reason) <= 1000),
    CHECK (starts_at < ends_at),
    CHECK (actual_starts_at IS NULL OR actual_starts_at < actual_ends_at),
    CHECK (note IS NULL OR kind = 'protected'),
    PRIMARY KEY (officer_id, starts_at, id)
) WITHOUT ROWID;
CREATE INDEX duty_shifts_of_unit ON duty_shifts (unit_id, starts_at);

-- The last guard: live shifts of one officer never overlap. As none do, only the last that begins before the new one
-- ends can.
CREATE TRIGGER duty_shifts_no_overlap BEFORE INSERT ON duty_shifts WHEN NEW.state <> 'cancelled'
BEGIN
    SELECT RAISE(ABORT, 'duty_shifts overlap') WHERE (
        SELECT ends_at FROM duty_shifts WHERE officer_id = NEW.officer_id AND starts_at < NEW.ends_at
        AND state <> 'cancelled' AND id <> NEW.id ORDER BY starts_at DESC LIMIT 1) > NEW.starts_at;
END;
CREATE TRIGGER duty_shifts_no_overlap_moved BEFORE UPDATE OF officer_id, starts_at, ends_at, state ON duty_shifts
WHEN NEW.state <> 'cancelled' AND (OLD.state = 'cancelled' OR OLD.officer_id <> NEW.officer_id
    OR OLD.starts_at <> NEW.starts_at OR OLD.ends_at <> NEW.ends_at)
BEGIN
    SELECT RAISE(ABORT, 'duty_shifts overlap') WHERE (
        SELECT ends_at FROM duty_shifts WHERE officer_id = NEW.officer_id AND starts_at < NEW.ends_at
        AND state <> 'cancelled' AND id <> NEW.id ORDER BY starts_at DESC LIMIT 1) > NEW.starts_at;
END;
CREATE TRIGGER duty_shifts_no_delete BEFORE DELETE ON duty_shifts BEGIN SELECT RAISE(ABORT, 'duty_shifts is append-only'); END;

-- What a shift was until a change took its place.
CREATE TABLE duty_shift_history (
    officer_id BLOB NOT NULL REFERENCES officers (id),
    shift_id BLOB NOT NULL REFERENCES duty_shifts (id),
    version INTEGER NOT NULL CHECK (version > 0),
    unit_id BLOB NOT NULL REFERENCES units (id),
    starts_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    counted_minutes INTEGER NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    recorded_by BLOB REFERENCES accounts (id),
    superseded_at TIMESTAMP NOT NULL,
    PRIMARY KEY (officer_id, shift_id, version)
) WITHOUT ROWID;
CREATE INDEX duty_shift_history_of ON duty_shift_history (shift_id);
CREATE TRIGGER duty_shift_history_no_update BEFORE UPDATE ON duty_shift_history BEGIN SELECT RAISE(ABORT, 'duty_shift_history is append-only'); END;
CREATE TRIGGER duty_shift_history_no_delete BEFORE DELETE ON duty_shift_history BEGIN SELECT RAISE(ABORT, 'duty_shift_history is append-only'); END;

-- What officer and leader say of the hours that were really worked; the last word of each counts.
CREATE TABLE duty_actuals (
    id BLOB NOT NULL CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    shift_id BLOB NOT NULL REFERENCES duty_shifts (id),
    said_by TEXT NOT NULL CHECK (said_by IN ('officer', 'leader')),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    starts_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP NOT NULL,
    counted_minutes INTEGER NOT NULL CHECK (counted_minutes >= 0),
    recorded_at TIMESTAMP NOT NULL,
    CHECK (starts_at < ends_at),
    PRIMARY KEY (officer_id, shift_id, id)
) WITHOUT ROWID;
CREATE INDEX duty_actuals_of ON duty_actuals (shift_id);
CREATE TRIGGER duty_actuals_no_update BEFORE UPDATE ON duty_actuals BEGIN SELECT RAISE(ABORT, 'duty_actuals is append-only'); END;
CREATE TRIGGER duty_actuals_no_delete BEFORE DELETE ON duty_actuals BEGIN SELECT RAISE(ABORT, 'duty_actuals is append-only'); END;

-- Days of rest. One live row per officer and date.
CREATE TABLE rest_days (
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    on_date DATE NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('weekly', 'rotation', 'comp', 'ordered')),
    state TEXT NOT NULL CHECK (state IN ('planned', 'published', 'cancelled', 'taken')),
    source TEXT NOT NULL CHECK (source IN ('entry', 'import', 'pattern', 'swap')),
    version INTEGER NOT NULL CHECK (version > 0),
    recorded_at TIMESTAMP NOT NULL,
    recorded_by BLOB REFERENCES accounts (id),
    replaces_id BLOB,
    published_at TIMESTAMP,
    confirmed_at TIMESTAMP,
    ended_at TIMESTAMP,
    PRIMARY KEY (officer_id, on_date, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX rest_days_one ON rest_days (officer_id, on_date) WHERE state <> 'cancelled';
CREATE TRIGGER rest_days_no_delete BEFORE DELETE ON rest_days BEGIN SELECT RAISE(ABORT, 'rest_days is append-only'); END;

-- What was published, when, for whom, and how long ahead.
CREATE TABLE rosters (
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    unit_id BLOB NOT NULL REFERENCES units (id),
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    officers INTEGER NOT NULL CHECK (officers >= 0),
    shifts INTEGER NOT NULL CHECK (shifts >= 0),
    rest_days INTEGER NOT NULL CHECK (rest_days >= 0),
    warnings INTEGER NOT NULL CHECK (warnings >= 0),
    days_ahead INTEGER NOT NULL,
    policy_fingerprint TEXT NOT NULL,
    published_at TIMESTAMP NOT NULL,
    published_by BLOB REFERENCES accounts (id),
    CHECK (from_on <= to_on),
    PRIMARY KEY (unit_id, from_on, id)
) WITHOUT ROWID;
CREATE TRIGGER rosters_no_update BEFORE UPDATE ON rosters BEGIN SELECT RAISE(ABORT, 'rosters is append-only'); END;
CREATE TRIGGER rosters_no_delete BEFORE DELETE ON rosters BEGIN SELECT RAISE(ABORT, 'rosters is append-only'); END;

-- Cycles of days that generate rosters.
CREATE TABLE roster_patterns (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    unit_id BLOB REFERENCES units (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    teams INTEGER NOT NULL CHECK (teams BETWEEN 1 AND 20),
    offset_days INTEGER NOT NULL CHECK (offset_days >= 0),
    cycle TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    recorded_at TIMESTAMP NOT NULL,
    recorded_by BLOB REFERENCES accounts (id),
    ended_at TIMESTAMP
);
CREATE INDEX roster_patterns_of ON roster_patterns (unit_id);

-- Swaps: asked by one officer, agreed by the other, approved by a leader of both. One open swap per shift.
CREATE TABLE shift_swaps (
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    from_officer_id BLOB NOT NULL REFERENCES officers (id),
    to_officer_id BLOB NOT NULL REFERENCES officers (id),
    shift_id BLOB NOT NULL REFERENCES duty_shifts (id),
    with_shift_id BLOB REFERENCES duty_shifts (id),
    state TEXT NOT NULL CHECK (state IN ('asked', 'agreed', 'approved', 'refused', 'withdrawn')),
    note TEXT CHECK (length(note) <= 1000),
    reason TEXT CHECK (length(reason) <= 1000),
    findings TEXT NOT NULL,
    policy_fingerprint TEXT NOT NULL,
    asked_at TIMESTAMP NOT NULL,
    agreed_at TIMESTAMP,
    closed_at TIMESTAMP,
    closed_by BLOB REFERENCES accounts (id),
    version INTEGER NOT NULL CHECK (version > 0),
    CHECK (from_officer_id <> to_officer_id),
    PRIMARY KEY (from_officer_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX shift_swaps_one ON shift_swaps (shift_id) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX shift_swaps_one_with ON shift_swaps (with_shift_id) WHERE closed_at IS NULL;
CREATE INDEX shift_swaps_of ON shift_swaps (shift_id);
CREATE INDEX shift_swaps_with ON shift_swaps (with_shift_id);
CREATE INDEX shift_swaps_to ON shift_swaps (to_officer_id, id);
CREATE TRIGGER shift_swaps_no_delete BEFORE DELETE ON shift_swaps BEGIN SELECT RAISE(ABORT, 'shift_swaps is append-only'); END;

-- The strength that a unit keeps present.
CREATE TABLE unit_staffing (
    unit_id BLOB NOT NULL PRIMARY KEY REFERENCES units (id),
    minimum_present INTEGER NOT NULL CHECK (minimum_present >= 0),
    skills TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    recorded_at TIMESTAMP NOT NULL,
    recorded_by BLOB REFERENCES accounts (id)
);
