-- A violation is known again by rule, what of it, and first date: two short rests that begin on one date are two, and so
-- are the hours of a week and their mean.
ALTER TABLE rest_violations ADD COLUMN subject TEXT NOT NULL DEFAULT '' CHECK (length(subject) <= 64);
UPDATE rest_violations SET subject = coalesce(json_extract(finding, '$.measured.what'), '');
DROP INDEX rest_violations_one;
CREATE UNIQUE INDEX rest_violations_one ON rest_violations (officer_id, rule, subject, from_on);
