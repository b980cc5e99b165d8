DROP TABLE leave_openings;
DROP TABLE entitlement_decisions;
ALTER TABLE leave_requests DROP COLUMN pay_kept;
