DROP INDEX rest_orders_draft;
DROP INDEX rest_violations_open;
DROP TABLE rest_looks;
