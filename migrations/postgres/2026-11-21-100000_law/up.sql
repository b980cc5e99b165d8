-- The law in force: how many publications it holds. Acts that decide read it, publications count it up.
CREATE TABLE law (
    name TEXT NOT NULL PRIMARY KEY CHECK (name = 'law'),
    revision BIGINT NOT NULL CHECK (revision >= 0)
);
INSERT INTO law (name, revision) VALUES ('law', 0);

-- Policy versions as they were published, each for one scope from one date on. `scope` is unit and category as one
-- text, so that one uniqueness holds for those of the whole force too.
CREATE TABLE policy_versions (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    unit_id BYTEA REFERENCES units (id),
    category TEXT CHECK (category IN ('police', 'auxiliary', 'staff', 'retired')),
    scope TEXT NOT NULL,
    effective_from DATE NOT NULL,
    source TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 1000),
    text TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 65536),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    supersedes BYTEA REFERENCES policy_versions (id),
    reason TEXT CHECK (length(reason) <= 1000),
    published_by BYTEA REFERENCES accounts (id),
    published_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP
);
CREATE UNIQUE INDEX policy_versions_one ON policy_versions (name, scope, effective_from) WHERE superseded_at IS NULL;

-- Calendar years as they were published, for the force or for a unit.
CREATE TABLE calendar_years (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    unit_id BYTEA REFERENCES units (id),
    scope TEXT NOT NULL,
    year INTEGER NOT NULL CHECK (year BETWEEN 1900 AND 2999),
    status TEXT NOT NULL CHECK (status IN ('official', 'provisional')),
    days TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    published_by BYTEA REFERENCES accounts (id),
    published_at TIMESTAMP NOT NULL,
    superseded_at TIMESTAMP
);
CREATE UNIQUE INDEX calendar_years_one ON calendar_years (scope, year) WHERE superseded_at IS NULL;

-- Every policy text that was ever in force, and of which texts each fingerprint is made: what a decision stores leads
-- to the words it was made under, also those that were built into an earlier program.
CREATE TABLE kept_texts (
    sha256 TEXT NOT NULL PRIMARY KEY CHECK (length(sha256) = 64),
    text TEXT NOT NULL
);
CREATE TABLE kept_fingerprints (
    fingerprint TEXT NOT NULL PRIMARY KEY CHECK (length(fingerprint) = 64),
    members TEXT NOT NULL,
    first_bound_at TIMESTAMP NOT NULL
);

-- What a changed fact, policy or calendar no longer fits; each is decided by a person.
CREATE TABLE leave_conflicts (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    request_id BYTEA NOT NULL REFERENCES leave_requests (id),
    cause TEXT NOT NULL CHECK (cause IN ('calendar', 'policy', 'service', 'category', 'separation', 'transfer', 'other_leave', 'entitlement')),
    cause_ref TEXT NOT NULL CHECK (length(cause_ref) <= 200),
    half_days_before INTEGER NOT NULL CHECK (half_days_before >= 0),
    half_days_after INTEGER CHECK (half_days_after >= 0),
    findings TEXT NOT NULL,
    raised_at TIMESTAMP NOT NULL,
    closed_at TIMESTAMP,
    decision TEXT CHECK (decision IN ('keep', 'recount', 'cancel', 'settled')),
    decided_by BYTEA REFERENCES accounts (id),
    reason TEXT CHECK (length(reason) <= 1000),
    CHECK ((closed_at IS NULL) = (decision IS NULL))
);
CREATE UNIQUE INDEX leave_conflicts_one ON leave_conflicts (request_id) WHERE closed_at IS NULL;
CREATE INDEX leave_conflicts_of ON leave_conflicts (officer_id);
CREATE INDEX leave_conflicts_by_request ON leave_conflicts (request_id);

-- What was published stays as it was published; only that something newer took its place is added.
CREATE TRIGGER policy_versions_no_delete BEFORE DELETE OR TRUNCATE ON policy_versions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_versions_no_update BEFORE UPDATE OF id, name, unit_id, category, scope, effective_from, source, text, sha256, supersedes, reason, published_by, published_at ON policy_versions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER calendar_years_no_delete BEFORE DELETE OR TRUNCATE ON calendar_years FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER calendar_years_no_update BEFORE UPDATE OF id, unit_id, scope, year, status, days, version, published_by, published_at ON calendar_years FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept_texts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kept_texts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept_fingerprints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kept_fingerprints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
