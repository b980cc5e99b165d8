-- Facts of duty that bind.

-- Whether what somebody says of a shift is that it was worked: where it was not, the hours are those that were planned,
-- and nothing counts.
ALTER TABLE duty_actuals ADD COLUMN worked BOOLEAN NOT NULL DEFAULT TRUE CHECK (worked OR counted_minutes = 0);

-- What hr, or a bureau leader, said last that a unit keeps present: no leader of the unit goes below it.
ALTER TABLE unit_staffing ADD COLUMN bound_present INTEGER CHECK (bound_present >= 0);
ALTER TABLE unit_staffing ADD COLUMN bound_skills TEXT;

-- Whether anybody has a skill that a unit keeps is asked by the post.
CREATE INDEX officers_by_post ON officers (post) WHERE post IS NOT NULL;
