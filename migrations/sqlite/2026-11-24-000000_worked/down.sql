DROP INDEX rest_days_replacing;
ALTER TABLE rest_cancellations DROP COLUMN worked_shift_id;
DROP INDEX comp_lots_of;
DROP INDEX comp_lots_one;
CREATE UNIQUE INDEX comp_lots_one ON comp_lots (origin, origin_id);
