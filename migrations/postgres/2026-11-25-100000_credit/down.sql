ALTER TABLE rest_days DROP COLUMN override_reason;
ALTER TABLE rest_cancellations DROP COLUMN before_entry;
ALTER TABLE rest_cancellations DROP COLUMN take_by;
ALTER TABLE rest_cancellations DROP COLUMN offer_by;
