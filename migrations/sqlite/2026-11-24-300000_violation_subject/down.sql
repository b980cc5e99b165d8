-- Of several that differ in their subject only the first is kept.
DROP TRIGGER rest_violation_events_no_delete;
DROP TRIGGER rest_violations_no_delete;
DELETE FROM rest_violation_events WHERE violation_id IN (
    SELECT more.id FROM rest_violations AS more JOIN rest_violations AS one
        ON one.officer_id = more.officer_id AND one.rule = more.rule AND one.from_on = more.from_on AND one.id < more.id
);
DELETE FROM rest_violations WHERE id IN (
    SELECT more.id FROM rest_violations AS more JOIN rest_violations AS one
        ON one.officer_id = more.officer_id AND one.rule = more.rule AND one.from_on = more.from_on AND one.id < more.id
);
DROP INDEX rest_violations_one;
CREATE UNIQUE INDEX rest_violations_one ON rest_violations (officer_id, rule, from_on);
ALTER TABLE rest_violations DROP COLUMN subject;
CREATE TRIGGER rest_violation_events_no_delete BEFORE DELETE ON rest_violation_events BEGIN SELECT RAISE(ABORT, 'rest_violation_events is append-only'); END;
CREATE TRIGGER rest_violations_no_delete BEFORE DELETE ON rest_violations BEGIN SELECT RAISE(ABORT, 'rest_violations is append-only'); END;
