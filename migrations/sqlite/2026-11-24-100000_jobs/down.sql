DROP INDEX rosters_of_unit_to;
DROP INDEX derogations_by_end;
DROP INDEX rest_orders_draft;
DROP INDEX rest_violations_open;
DROP TABLE rest_looks;
