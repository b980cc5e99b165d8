-- Units (单位): a tree whose shape is dated. Codes, badge numbers and user names sort by their bytes, as in SQLite.
CREATE TABLE units (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    code TEXT COLLATE "C" NOT NULL CONSTRAINT units_code_key UNIQUE CHECK (length(code) BETWEEN 1 AND 32),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind TEXT NOT NULL CHECK (kind IN ('bureau', 'branch', 'station', 'team', 'office')),
    version INTEGER NOT NULL CHECK (version > 0),
    created_at TIMESTAMP NOT NULL
);

-- Dated facts: a row holds from effective_on up to and not including until_on; an edit supersedes, it never overwrites.
CREATE TABLE unit_parents (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    unit_id BYTEA NOT NULL REFERENCES units (id),
    parent_id BYTEA REFERENCES units (id),
    effective_on DATE NOT NULL,
    until_on DATE NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP,
    CHECK (effective_on < until_on),
    CHECK (parent_id IS NULL OR parent_id <> unit_id)
);
CREATE UNIQUE INDEX unit_parents_one ON unit_parents (unit_id, effective_on) WHERE superseded_at IS NULL;
CREATE INDEX unit_parents_of ON unit_parents (parent_id);

CREATE TABLE officers (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    badge_no TEXT COLLATE "C" NOT NULL CONSTRAINT officers_badge_no_key UNIQUE CHECK (length(badge_no) BETWEEN 1 AND 32),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    sex TEXT NOT NULL CHECK (sex IN ('male', 'female')),
    born_on DATE,
    post TEXT CHECK (length(post) BETWEEN 1 AND 100),
    rank TEXT CHECK (length(rank) BETWEEN 1 AND 100),
    joined_on DATE,
    shift_worker BOOLEAN NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX officers_by_name ON officers (name);

CREATE TABLE unit_heads (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    unit_id BYTEA NOT NULL REFERENCES units (id),
    head_officer_id BYTEA REFERENCES officers (id),
    effective_on DATE NOT NULL,
    until_on DATE NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP,
    CHECK (effective_on < until_on)
);
CREATE UNIQUE INDEX unit_heads_one ON unit_heads (unit_id, effective_on) WHERE superseded_at IS NULL;
CREATE INDEX unit_heads_of ON unit_heads (head_officer_id);

CREATE TABLE unit_deputies (
    head_row_id BYTEA NOT NULL REFERENCES unit_heads (id),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    PRIMARY KEY (head_row_id, officer_id)
);

CREATE TABLE officer_units (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    unit_id BYTEA NOT NULL REFERENCES units (id),
    effective_on DATE NOT NULL,
    until_on DATE NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP,
    CHECK (effective_on < until_on)
);
CREATE UNIQUE INDEX officer_units_one ON officer_units (officer_id, effective_on) WHERE superseded_at IS NULL;
CREATE INDEX officer_units_of ON officer_units (unit_id);

CREATE TABLE officer_categories (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    category TEXT NOT NULL CHECK (category IN ('police', 'auxiliary', 'staff', 'retired')),
    effective_on DATE NOT NULL,
    until_on DATE NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP,
    CHECK (effective_on < until_on)
);
CREATE UNIQUE INDEX officer_categories_one ON officer_categories (officer_id, effective_on) WHERE superseded_at IS NULL;

CREATE TABLE separations (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    left_on DATE NOT NULL,
    cause TEXT NOT NULL CHECK (cause IN ('retired', 'resigned', 'transferred_out', 'died')),
    recorded_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP
);
CREATE UNIQUE INDEX separations_one ON separations (officer_id) WHERE superseded_at IS NULL;

CREATE TABLE service_periods (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    from_on DATE NOT NULL,
    to_on DATE,
    kind TEXT NOT NULL CHECK (kind IN ('employment', 'military')),
    origin TEXT NOT NULL CHECK (origin IN ('entered', 'imported')),
    recorded_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP,
    CHECK (to_on IS NULL OR to_on >= from_on)
);
CREATE INDEX service_periods_of ON service_periods (officer_id);

CREATE TABLE spouses (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    spouse_officer_id BYTEA NOT NULL REFERENCES officers (id),
    recorded_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP,
    CHECK (officer_id <> spouse_officer_id)
);
CREATE UNIQUE INDEX spouses_one ON spouses (officer_id) WHERE superseded_at IS NULL;

-- Accounts, what they may do, and their sign-ins.
CREATE TABLE accounts (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    username TEXT COLLATE "C" NOT NULL CONSTRAINT accounts_username_key UNIQUE CHECK (length(username) BETWEEN 1 AND 64),
    password_hash TEXT NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    officer_id BYTEA REFERENCES officers (id),
    disabled_at TIMESTAMP,
    version INTEGER NOT NULL CHECK (version > 0),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX accounts_of ON accounts (officer_id);

CREATE TABLE grants (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    role TEXT NOT NULL CHECK (role IN ('admin', 'hr', 'leader', 'bureau_leader', 'clinician', 'welfare_worker',
        'fund_panel', 'fund_payer', 'report_service', 'auditor')),
    unit_id BYTEA REFERENCES units (id),
    recorded_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP
);
CREATE INDEX grants_of ON grants (account_id);
CREATE INDEX grants_on ON grants (unit_id, role) WHERE superseded_at IS NULL;

CREATE TABLE sessions (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP
);
CREATE INDEX sessions_of ON sessions (account_id);

CREATE TABLE refresh_tokens (
    token_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    session_id BYTEA NOT NULL REFERENCES sessions (id),
    issued_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP
);
CREATE INDEX refresh_tokens_of ON refresh_tokens (session_id);

CREATE TABLE token_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    secret BYTEA NOT NULL CHECK (length(secret) = 32),
    created_at TIMESTAMP NOT NULL
);

-- A retried POST finds its answer here; the row is written in the transaction of the effect.
CREATE TABLE idempotency_keys (
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_hash BYTEA NOT NULL CHECK (length(body_hash) = 32),
    status INTEGER,
    body TEXT,
    location TEXT,
    etag TEXT,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (account_id, method, path, idempotency_key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (account_id, created_at);

-- Leave: requests, their decisions, the slots they hold, the lots and the ledger.
CREATE TABLE leave_requests (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    kind TEXT NOT NULL CHECK (kind IN ('annual', 'home_leave_spouse', 'home_leave_parents_unmarried', 'home_leave_parents_married', 'marriage', 'maternity', 'miscarriage', 'paternity', 'childcare', 'bereavement', 'personal', 'sick', 'injury_on_duty', 'only_child_care', 'exam_companion', 'recuperation', 'womens_day', 'compensatory')),
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    first_day TEXT NOT NULL CHECK (first_day IN ('full', 'pm')),
    last_day TEXT NOT NULL CHECK (last_day IN ('full', 'am')),
    state TEXT NOT NULL CHECK (state IN ('submitted', 'approved', 'rejected', 'withdrawn', 'expired', 'cancelled', 'completed')),
    half_days INTEGER NOT NULL CHECK (half_days >= 0),
    note TEXT CHECK (length(note) <= 1000),
    cover_officer_id BYTEA REFERENCES officers (id),
    entered_by BYTEA NOT NULL REFERENCES accounts (id),
    submitted_at TIMESTAMP NOT NULL,
    expires_on DATE,
    policy_fingerprint TEXT NOT NULL,
    findings TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    CHECK (from_on <= to_on),
    CHECK (from_on < to_on OR first_day = 'full' OR last_day = 'full')
);
CREATE INDEX leave_requests_of ON leave_requests (officer_id, from_on);
CREATE INDEX leave_requests_undecided ON leave_requests (officer_id, expires_on) WHERE state = 'submitted';

CREATE TABLE leave_request_years (
    request_id BYTEA NOT NULL REFERENCES leave_requests (id),
    leave_year INTEGER NOT NULL,
    half_days INTEGER NOT NULL CHECK (half_days >= 0),
    PRIMARY KEY (request_id, leave_year)
);

-- What somebody decided about a request; at most one row says approved or rejected.
CREATE TABLE leave_decisions (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    request_id BYTEA NOT NULL REFERENCES leave_requests (id),
    step INTEGER NOT NULL CHECK (step > 0),
    unit_id BYTEA REFERENCES units (id),
    outcome TEXT NOT NULL CHECK (outcome IN ('approved', 'rejected')),
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    note TEXT CHECK (length(note) <= 1000),
    findings TEXT NOT NULL,
    alternatives TEXT NOT NULL,
    policy_fingerprint TEXT NOT NULL,
    decided_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX leave_decisions_one ON leave_decisions (request_id);

-- Every half of every date of a live span, working or not: the database itself refuses an overlap.
CREATE TABLE leave_slots (
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    on_date DATE NOT NULL,
    half TEXT NOT NULL CHECK (half IN ('am', 'pm')),
    request_id BYTEA NOT NULL REFERENCES leave_requests (id),
    CONSTRAINT leave_slots_pkey PRIMARY KEY (officer_id, on_date, half)
);
CREATE INDEX leave_slots_of ON leave_slots (request_id);

CREATE TABLE leave_lots (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    kind TEXT NOT NULL CHECK (kind IN ('annual', 'home_leave_spouse', 'home_leave_parents_unmarried', 'home_leave_parents_married', 'marriage', 'maternity', 'miscarriage', 'paternity', 'childcare', 'bereavement', 'personal', 'sick', 'injury_on_duty', 'only_child_care', 'exam_companion', 'recuperation', 'womens_day', 'compensatory')),
    source TEXT NOT NULL CHECK (source IN ('own', 'carried', 'adjusted', 'recall', 'reopened', 'opening')),
    origin_year INTEGER NOT NULL,
    valid_from DATE NOT NULL,
    expires_on DATE NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    CHECK (valid_from <= expires_on)
);
CREATE UNIQUE INDEX leave_lots_own ON leave_lots (officer_id, kind, origin_year) WHERE source = 'own';
CREATE INDEX leave_lots_of ON leave_lots (officer_id, kind);

CREATE TABLE leave_ledger (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    lot_id BYTEA NOT NULL REFERENCES leave_lots (id),
    kind TEXT NOT NULL CHECK (kind IN ('opening', 'reserved', 'released', 'adjusted', 'carried_out', 'carried_in', 'credited', 'settled')),
    quantity INTEGER NOT NULL CHECK (quantity <> 0),
    unit TEXT NOT NULL CHECK (unit IN ('half_day', 'minute')),
    leave_on DATE,
    request_id BYTEA REFERENCES leave_requests (id),
    cause TEXT NOT NULL CHECK (length(cause) <= 1000),
    account_id BYTEA REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    CHECK (kind NOT IN ('reserved', 'released') OR (leave_on IS NOT NULL AND request_id IS NOT NULL)),
    CHECK (kind <> 'reserved' OR quantity < 0),
    CHECK (kind <> 'released' OR quantity > 0)
);
CREATE INDEX leave_ledger_of ON leave_ledger (officer_id, lot_id);
CREATE INDEX leave_ledger_by_request ON leave_ledger (request_id);

-- Who did what, when, from what, to what.
CREATE TABLE audit_log (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    recorded_at TIMESTAMP NOT NULL,
    account_id BYTEA REFERENCES accounts (id),
    act TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BYTEA NOT NULL,
    officer_id BYTEA REFERENCES officers (id),
    request_ref TEXT NOT NULL,
    before TEXT,
    after TEXT
);
CREATE INDEX audit_log_of ON audit_log (subject_id);
CREATE INDEX audit_log_by_officer ON audit_log (officer_id);

-- What is to leave the process, written with the effect and delivered after it.
CREATE TABLE outbox (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    topic TEXT NOT NULL,
    subject_id BYTEA NOT NULL,
    officer_id BYTEA REFERENCES officers (id),
    recorded_at TIMESTAMP NOT NULL,
    delivered_at TIMESTAMP
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE delivered_at IS NULL;

-- The ledger and the audit trail only ever grow.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER leave_ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON leave_ledger FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
