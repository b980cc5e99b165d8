-- What a balance asks of the requests of one officer lies in the index by which they are found: their rows are not looked up.
DROP INDEX leave_requests_of;
CREATE INDEX leave_requests_of ON leave_requests
    (officer_id, from_on, id, kind, to_on, first_day, last_day, state, expires_on, pay_kept, recalls, recalled_on);
