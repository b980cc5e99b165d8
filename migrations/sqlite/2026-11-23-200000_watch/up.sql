-- Runs of jobs: one claim for each job and due instant, whichever instance takes it. A run that is done is never done
-- again; a claim whose holder no longer shows itself is taken over.
CREATE TABLE job_runs (
    job TEXT NOT NULL CHECK (length(job) BETWEEN 1 AND 64),
    due_at TIMESTAMP NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('claimed', 'done', 'failed')),
    claimed_by TEXT NOT NULL CHECK (length(claimed_by) BETWEEN 1 AND 200),
    claimed_at TIMESTAMP NOT NULL,
    heartbeat_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    attempt INTEGER NOT NULL CHECK (attempt >= 0),
    result TEXT CHECK (length(result) <= 65536),
    PRIMARY KEY (job, due_at),
    CHECK ((state = 'claimed') = (finished_at IS NULL))
);

-- Violations of the rules of rest: the debt of the unit that held the person on the last date of the window. One row for
-- an officer, a rule and a window, however often it is found.
CREATE TABLE rest_violations (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    rule TEXT NOT NULL CHECK (length(rule) BETWEEN 1 AND 64),
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    basis TEXT NOT NULL CHECK (basis IN ('planned', 'actual')),
    outcome TEXT NOT NULL CHECK (outcome IN ('warn', 'block')),
    finding TEXT NOT NULL CHECK (length(finding) <= 65536),
    shifts TEXT NOT NULL CHECK (length(shifts) <= 65536),
    state TEXT NOT NULL CHECK (state IN ('detected', 'acknowledged', 'remedied', 'verified')),
    remedied_by TEXT CHECK (remedied_by IN ('leader', 'roster_changed')),
    accepted_until DATE,
    detected_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    CHECK (from_on <= to_on),
    CHECK ((state IN ('remedied', 'verified')) = (remedied_by IS NOT NULL))
);
CREATE UNIQUE INDEX rest_violations_one ON rest_violations (officer_id, rule, from_on);
CREATE INDEX rest_violations_by_unit ON rest_violations (unit_id, id);

-- What happened to a violation; only ever added to.
CREATE TABLE rest_violation_events (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    violation_id BLOB NOT NULL REFERENCES rest_violations (id),
    act TEXT NOT NULL CHECK (act IN ('detected', 'changed', 'reopened', 'acknowledged', 'remedied', 'verified', 'accepted')),
    cause TEXT CHECK (cause IN ('roster_changed')),
    account_id BLOB REFERENCES accounts (id),
    note TEXT CHECK (length(note) <= 1000),
    until_on DATE,
    finding TEXT CHECK (length(finding) <= 65536),
    recorded_at TIMESTAMP NOT NULL,
    CHECK ((act = 'accepted') = (until_on IS NOT NULL))
);
CREATE INDEX rest_violation_events_of ON rest_violation_events (violation_id, id);

-- Rest orders (强制休息令): drafted by rule once for each duty, or by a leader; issued, they bind the roster.
CREATE TABLE rest_orders (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    origin TEXT NOT NULL CHECK (origin IN ('rule', 'leader')),
    state TEXT NOT NULL CHECK (state IN ('draft', 'issued', 'ended')),
    reason TEXT CHECK (length(reason) <= 1000),
    duty_from TIMESTAMP,
    duty_to TIMESTAMP,
    from_at TIMESTAMP,
    to_at TIMESTAMP,
    cover_officer_id BLOB REFERENCES officers (id),
    created_by BLOB REFERENCES accounts (id),
    created_at TIMESTAMP NOT NULL,
    issued_by BLOB REFERENCES accounts (id),
    issued_at TIMESTAMP,
    ended_by BLOB REFERENCES accounts (id),
    ended_at TIMESTAMP,
    version INTEGER NOT NULL CHECK (version > 0),
    CHECK ((duty_from IS NULL) = (duty_to IS NULL)),
    CHECK (duty_from < duty_to),
    CHECK (from_at < to_at),
    CHECK (origin = 'leader' OR duty_from IS NOT NULL),
    CHECK (state <> 'issued' OR (from_at IS NOT NULL AND to_at IS NOT NULL AND issued_at IS NOT NULL)),
    CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
    CHECK (cover_officer_id <> officer_id)
);
CREATE UNIQUE INDEX rest_orders_one ON rest_orders (officer_id, duty_from) WHERE origin = 'rule';
CREATE INDEX rest_orders_of ON rest_orders (officer_id, to_at);
CREATE INDEX rest_orders_by_unit ON rest_orders (unit_id, id);

-- Duty that somebody let happen inside a rest order, until an instant; only ever added to.
CREATE TABLE rest_order_overrides (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    order_id BLOB NOT NULL REFERENCES rest_orders (id),
    reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    from_at TIMESTAMP NOT NULL,
    until_at TIMESTAMP NOT NULL,
    account_id BLOB REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    CHECK (from_at < until_at)
);
CREATE INDEX rest_order_overrides_of ON rest_order_overrides (order_id, id);

-- Derogations for operations: asked for, approved or refused above, at most fourteen days on end.
CREATE TABLE derogations (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    unit_id BLOB NOT NULL REFERENCES units (id),
    event TEXT NOT NULL CHECK (length(event) BETWEEN 1 AND 1000),
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('asked', 'approved', 'refused')),
    asked_by BLOB REFERENCES accounts (id),
    asked_at TIMESTAMP NOT NULL,
    decided_by BLOB REFERENCES accounts (id),
    decided_at TIMESTAMP,
    reason TEXT CHECK (length(reason) <= 1000),
    ended_on DATE,
    ended_by BLOB REFERENCES accounts (id),
    ended_at TIMESTAMP,
    version INTEGER NOT NULL CHECK (version > 0),
    CHECK (from_on <= to_on),
    CHECK (ended_on <= to_on),
    CHECK ((state = 'asked') = (decided_at IS NULL)),
    CHECK ((ended_on IS NULL) = (ended_at IS NULL))
);
CREATE INDEX derogations_by_unit ON derogations (unit_id, to_on);

-- Dual-police couples (双警家庭): asked by one, agreed to by the other, ended by either.
CREATE TABLE couples (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BLOB NOT NULL REFERENCES officers (id),
    partner_officer_id BLOB NOT NULL REFERENCES officers (id),
    care_need TEXT CHECK (length(care_need) BETWEEN 1 AND 1000),
    asked_at TIMESTAMP NOT NULL,
    agreed_at TIMESTAMP,
    ended_at TIMESTAMP,
    ended_by BLOB REFERENCES accounts (id),
    version INTEGER NOT NULL CHECK (version > 0),
    CHECK (officer_id <> partner_officer_id)
);
CREATE UNIQUE INDEX couples_one ON couples (officer_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX couples_other ON couples (partner_officer_id) WHERE ended_at IS NULL;
CREATE INDEX couples_of ON couples (officer_id);
CREATE INDEX couples_with ON couples (partner_officer_id);

-- What happened stays as it happened.
CREATE TRIGGER rest_violation_events_no_update BEFORE UPDATE ON rest_violation_events BEGIN SELECT RAISE(ABORT, 'rest_violation_events is append-only'); END;
CREATE TRIGGER rest_violation_events_no_delete BEFORE DELETE ON rest_violation_events BEGIN SELECT RAISE(ABORT, 'rest_violation_events is append-only'); END;
CREATE TRIGGER rest_order_overrides_no_update BEFORE UPDATE ON rest_order_overrides BEGIN SELECT RAISE(ABORT, 'rest_order_overrides is append-only'); END;
CREATE TRIGGER rest_order_overrides_no_delete BEFORE DELETE ON rest_order_overrides BEGIN SELECT RAISE(ABORT, 'rest_order_overrides is append-only'); END;
CREATE TRIGGER rest_violations_no_delete BEFORE DELETE ON rest_violations BEGIN SELECT RAISE(ABORT, 'rest_violations is append-only'); END;
CREATE TRIGGER rest_orders_no_delete BEFORE DELETE ON rest_orders BEGIN SELECT RAISE(ABORT, 'rest_orders is append-only'); END;
CREATE TRIGGER derogations_no_delete BEFORE DELETE ON derogations BEGIN SELECT RAISE(ABORT, 'derogations is append-only'); END;
CREATE TRIGGER couples_no_delete BEFORE DELETE ON couples BEGIN SELECT RAISE(ABORT, 'couples is append-only'); END;
