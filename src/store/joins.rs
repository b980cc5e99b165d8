//! Which tables are joined, and how.

use super::schema::{
    access, accounts, api_keys, audit_log, calendar_years, delegations, duty_actuals, duty_shift_history, duty_shifts,
    entitlement_decisions, grants, idempotency_keys, kept_fingerprints, kept_texts, law, leave_conflicts,
    leave_decisions, leave_ledger, leave_lots, leave_openings, leave_request_years, leave_requests, leave_slots,
    officer_categories, officer_units, officers, outbox, policy_versions, refresh_tokens, rest_days, roster_patterns,
    rosters, separations, service_periods, sessions, shift_swaps, spouses, token_keys, unit_deputies, unit_heads,
    unit_parents, unit_staffing, units,
};

diesel::joinable!(officer_units -> units (unit_id));
diesel::joinable!(officer_units -> officers (officer_id));
diesel::joinable!(officer_categories -> officers (officer_id));
diesel::joinable!(grants -> accounts (account_id));
diesel::joinable!(delegations -> accounts (to_account_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(leave_slots -> leave_requests (request_id));
diesel::joinable!(unit_deputies -> unit_heads (head_row_id));
diesel::joinable!(leave_request_years -> leave_requests (request_id));
diesel::joinable!(leave_conflicts -> leave_requests (request_id));

diesel::allow_tables_to_appear_in_same_query!(
    units,
    unit_parents,
    officers,
    unit_heads,
    unit_deputies,
    officer_units,
    officer_categories,
    separations,
    service_periods,
    spouses,
    accounts,
    api_keys,
    delegations,
    grants,
    sessions,
    refresh_tokens,
    token_keys,
    idempotency_keys,
    leave_requests,
    leave_request_years,
    leave_decisions,
    leave_slots,
    leave_lots,
    leave_ledger,
    entitlement_decisions,
    leave_openings,
    audit_log,
    outbox,
    access,
    law,
    policy_versions,
    calendar_years,
    kept_texts,
    kept_fingerprints,
    leave_conflicts,
    duty_shifts,
    duty_shift_history,
    duty_actuals,
    rest_days,
    rosters,
    roster_patterns,
    shift_swaps,
    unit_staffing,
);
