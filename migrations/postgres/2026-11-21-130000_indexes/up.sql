-- A page of a list reads on in an index until it is full; these are the orders in which lists are narrowed.
CREATE INDEX leave_requests_by_state ON leave_requests (state, id);
CREATE INDEX audit_log_by_act ON audit_log (act, id);
CREATE INDEX audit_log_by_account ON audit_log (account_id, id);
