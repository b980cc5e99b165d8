-- People whose rest is to be looked at again because something changed for many at once; a row goes when it was done.
-- `asked` counts how often it was asked for: what is asked for anew while somebody looks stays asked for.
CREATE TABLE rest_looks (
    officer_id BYTEA NOT NULL REFERENCES officers (id),
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    asked INTEGER NOT NULL CHECK (asked > 0),
    recorded_at TIMESTAMP NOT NULL,
    PRIMARY KEY (officer_id, from_on, to_on),
    CHECK (from_on <= to_on)
);

-- What units owe now: violations that nobody made good, drafts of rest orders that nobody issued.
CREATE INDEX rest_violations_open ON rest_violations (unit_id) WHERE remedied_by IS NULL;
CREATE INDEX rest_orders_draft ON rest_orders (unit_id) WHERE issued_at IS NULL AND ended_at IS NULL;

-- Derogations that touch some dates, and rosters of some units from a date on.
CREATE INDEX derogations_by_end ON derogations (to_on, from_on);
CREATE INDEX rosters_of_unit_to ON rosters (unit_id, to_on);
