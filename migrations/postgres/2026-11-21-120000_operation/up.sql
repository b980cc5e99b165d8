-- Names to sign in with are one name whatever their letters' case. The key is made by the service (NFKC, lower case);
-- for accounts that are there already, ASCII letters are made small. Where two names differ in case only, the older account
-- keeps the key and the younger gets one of its own: both are still found by their exact names.
ALTER TABLE accounts ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE accounts SET name_key = lower(username COLLATE "C");
UPDATE accounts SET name_key = name_key || '#' || encode(id, 'hex') WHERE EXISTS (
    SELECT 1 FROM accounts older WHERE lower(older.username COLLATE "C") = lower(accounts.username COLLATE "C")
    AND (older.created_at < accounts.created_at OR (older.created_at = accounts.created_at AND older.id < accounts.id)));
CREATE UNIQUE INDEX accounts_name_key ON accounts (name_key);

-- A key of the interface acts through an account of its own, without a password: audit, retries and entries name it.
ALTER TABLE accounts ADD COLUMN kind TEXT NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'api_key'));

CREATE TABLE api_keys (
    account_id BYTEA NOT NULL PRIMARY KEY REFERENCES accounts (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    key_hash BYTEA NOT NULL CONSTRAINT api_keys_key_hash_key UNIQUE CHECK (length(key_hash) = 32),
    expires_on DATE NOT NULL,
    created_by BYTEA REFERENCES accounts (id),
    created_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    ended_by BYTEA REFERENCES accounts (id)
);

-- Who decides for whom, from one date to another, both included.
CREATE TABLE delegations (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    from_account_id BYTEA NOT NULL REFERENCES accounts (id),
    to_account_id BYTEA NOT NULL REFERENCES accounts (id),
    unit_id BYTEA REFERENCES units (id),
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    created_by BYTEA REFERENCES accounts (id),
    created_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    ended_by BYTEA REFERENCES accounts (id),
    CHECK (from_on <= to_on),
    CHECK (from_account_id <> to_account_id)
);
CREATE INDEX delegations_from ON delegations (from_account_id, to_on) WHERE ended_at IS NULL;
CREATE INDEX delegations_to ON delegations (to_account_id, to_on) WHERE ended_at IS NULL;

-- In whose place a delegate decided.
ALTER TABLE leave_decisions ADD COLUMN on_behalf_of BYTEA REFERENCES accounts (id);
