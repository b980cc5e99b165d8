DROP TABLE comp_payments;
DROP TABLE rest_day_asks;
ALTER TABLE rest_days DROP COLUMN late_reason;
ALTER TABLE rest_orders DROP COLUMN end_reason;
