DROP INDEX audit_log_by_account;
DROP INDEX audit_log_by_act;
DROP INDEX leave_requests_by_state;
