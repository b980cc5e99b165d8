DROP INDEX officers_by_post;
ALTER TABLE unit_staffing DROP COLUMN bound_skills;
ALTER TABLE unit_staffing DROP COLUMN bound_present;
ALTER TABLE duty_actuals DROP COLUMN worked;
