DROP TABLE leave_recalls;
DROP FUNCTION refuse_overlap_of_recalls();
ALTER TABLE leave_requests DROP COLUMN recalled_on;
ALTER TABLE leave_requests DROP COLUMN recalls;
