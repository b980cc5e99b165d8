-- What belongs to an officer is found by the officer: the key begins there, and the indexes that said the same are gone.
-- (SQLite keeps the rows themselves in this order; see its migration of this name.)
ALTER TABLE officer_units DROP CONSTRAINT officer_units_pkey, ADD UNIQUE (id), ADD PRIMARY KEY (officer_id, effective_on, id);
ALTER TABLE officer_categories DROP CONSTRAINT officer_categories_pkey, ADD UNIQUE (id), ADD PRIMARY KEY (officer_id, effective_on, id);
ALTER TABLE service_periods DROP CONSTRAINT service_periods_pkey, ADD UNIQUE (id), ADD PRIMARY KEY (officer_id, from_on, id);
DROP INDEX service_periods_of;
ALTER TABLE leave_ledger DROP CONSTRAINT leave_ledger_lot_id_fkey;
ALTER TABLE leave_lots DROP CONSTRAINT leave_lots_pkey, ADD UNIQUE (id), ADD PRIMARY KEY (officer_id, kind, id);
DROP INDEX leave_lots_of;
ALTER TABLE leave_ledger DROP CONSTRAINT leave_ledger_pkey, ADD PRIMARY KEY (officer_id, id),
    ADD CONSTRAINT leave_ledger_lot_id_fkey FOREIGN KEY (lot_id) REFERENCES leave_lots (id);
DROP INDEX leave_ledger_of;
