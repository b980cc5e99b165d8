DROP INDEX leave_requests_of;
CREATE INDEX leave_requests_of ON leave_requests (officer_id, from_on);
