-- Credit that follows the facts, and duty that was worked on a rest day.

-- A shift earns at the date on which it was worked: where it is moved, the lot of the old date is taken back and another
-- stands at the new one. What one decision earns (a cancellation, a derogation, an entry) still earns once.
DROP INDEX comp_lots_one;
CREATE UNIQUE INDEX comp_lots_one ON comp_lots (origin, origin_id)
    WHERE origin <> 'short_daily_rest' AND origin <> 'overtime' AND origin <> 'rest_day_duty' AND origin <> 'holiday_duty';
CREATE UNIQUE INDEX comp_lots_of ON comp_lots (origin, origin_id, earned_on);

-- The shift that was worked on a rest day, where its entry took the rest away.
ALTER TABLE rest_cancellations ADD COLUMN worked_shift_id BLOB CHECK (length(worked_shift_id) = 16);

-- Which rest day stands in the place of a cancelled one.
CREATE INDEX rest_days_replacing ON rest_days (replaces_id) WHERE replaces_id IS NOT NULL;
