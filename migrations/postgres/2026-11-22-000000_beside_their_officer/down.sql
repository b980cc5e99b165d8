CREATE INDEX leave_ledger_of ON leave_ledger (officer_id, lot_id);
ALTER TABLE leave_ledger DROP CONSTRAINT leave_ledger_lot_id_fkey, DROP CONSTRAINT leave_ledger_pkey, ADD PRIMARY KEY (id);
CREATE INDEX leave_lots_of ON leave_lots (officer_id, kind);
ALTER TABLE leave_lots DROP CONSTRAINT leave_lots_pkey, DROP CONSTRAINT leave_lots_id_key, ADD PRIMARY KEY (id);
ALTER TABLE leave_ledger ADD CONSTRAINT leave_ledger_lot_id_fkey FOREIGN KEY (lot_id) REFERENCES leave_lots (id);
CREATE INDEX service_periods_of ON service_periods (officer_id);
ALTER TABLE service_periods DROP CONSTRAINT service_periods_pkey, DROP CONSTRAINT service_periods_id_key, ADD PRIMARY KEY (id);
ALTER TABLE officer_categories DROP CONSTRAINT officer_categories_pkey, DROP CONSTRAINT officer_categories_id_key, ADD PRIMARY KEY (id);
ALTER TABLE officer_units DROP CONSTRAINT officer_units_pkey, DROP CONSTRAINT officer_units_id_key, ADD PRIMARY KEY (id);
