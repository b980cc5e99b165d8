DROP TABLE couples;
DROP TABLE derogations;
DROP TABLE rest_order_overrides;
DROP TABLE rest_orders;
DROP TABLE rest_violation_events;
DROP TABLE rest_violations;
DROP TABLE job_runs;
