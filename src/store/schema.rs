// The tables as diesel sees them; the same on both databases. A test holds them against the migrated schemas.

diesel::table! {
    units (id) {
        id -> Binary,
        code -> Text,
        name -> Text,
        kind -> Text,
        version -> Integer,
        created_at -> Timestamp,
    }
}

diesel::table! {
    unit_parents (id) {
        id -> Binary,
        unit_id -> Binary,
        parent_id -> Nullable<Binary>,
        effective_on -> Date,
        until_on -> Date,
        recorded_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    officers (id) {
        id -> Binary,
        badge_no -> Text,
        name -> Text,
        sex -> Text,
        born_on -> Nullable<Date>,
        post -> Nullable<Text>,
        rank -> Nullable<Text>,
        joined_on -> Nullable<Date>,
        shift_worker -> Bool,
        version -> Integer,
        created_at -> Timestamp,
    }
}

diesel::table! {
    unit_heads (id) {
        id -> Binary,
        unit_id -> Binary,
        head_officer_id -> Nullable<Binary>,
        effective_on -> Date,
        until_on -> Date,
        recorded_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    unit_deputies (head_row_id, officer_id) {
        head_row_id -> Binary,
        officer_id -> Binary,
    }
}

diesel::table! {
    officer_units (officer_id, effective_on, id) {
        id -> Binary,
        officer_id -> Binary,
        unit_id -> Binary,
        effective_on -> Date,
        until_on -> Date,
        recorded_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    officer_categories (officer_id, effective_on, id) {
        id -> Binary,
        officer_id -> Binary,
        category -> Text,
        effective_on -> Date,
        until_on -> Date,
        recorded_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    separations (id) {
        id -> Binary,
        officer_id -> Binary,
        left_on -> Date,
        cause -> Text,
        recorded_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    service_periods (officer_id, from_on, id) {
        id -> Binary,
        officer_id -> Binary,
        from_on -> Date,
        to_on -> Nullable<Date>,
        kind -> Text,
        origin -> Text,
        recorded_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    spouses (id) {
        id -> Binary,
        officer_id -> Binary,
        spouse_officer_id -> Binary,
        recorded_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    accounts (id) {
        id -> Binary,
        username -> Text,
        password_hash -> Text,
        must_change_password -> Bool,
        officer_id -> Nullable<Binary>,
        disabled_at -> Nullable<Timestamp>,
        version -> Integer,
        created_at -> Timestamp,
        name_key -> Text,
        kind -> Text,
    }
}

diesel::table! {
    api_keys (account_id) {
        account_id -> Binary,
        name -> Text,
        key_hash -> Binary,
        expires_on -> Date,
        created_by -> Nullable<Binary>,
        created_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        ended_by -> Nullable<Binary>,
    }
}

diesel::table! {
    delegations (id) {
        id -> Binary,
        from_account_id -> Binary,
        to_account_id -> Binary,
        unit_id -> Nullable<Binary>,
        from_on -> Date,
        to_on -> Date,
        created_by -> Nullable<Binary>,
        created_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        ended_by -> Nullable<Binary>,
    }
}

diesel::table! {
    grants (id) {
        id -> Binary,
        account_id -> Binary,
        role -> Text,
        unit_id -> Nullable<Binary>,
        recorded_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sessions (id) {
        id -> Binary,
        account_id -> Binary,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    refresh_tokens (token_hash) {
        token_hash -> Binary,
        session_id -> Binary,
        issued_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    token_keys (kid) {
        kid -> Text,
        secret -> Binary,
        created_at -> Timestamp,
    }
}

diesel::table! {
    idempotency_keys (account_id, method, path, idempotency_key) {
        account_id -> Binary,
        method -> Text,
        path -> Text,
        idempotency_key -> Text,
        body_hash -> Binary,
        status -> Nullable<Integer>,
        body -> Nullable<Text>,
        location -> Nullable<Text>,
        etag -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    leave_requests (id) {
        id -> Binary,
        officer_id -> Binary,
        kind -> Text,
        from_on -> Date,
        to_on -> Date,
        first_day -> Text,
        last_day -> Text,
        state -> Text,
        half_days -> Integer,
        note -> Nullable<Text>,
        cover_officer_id -> Nullable<Binary>,
        entered_by -> Binary,
        submitted_at -> Timestamp,
        expires_on -> Nullable<Date>,
        policy_fingerprint -> Text,
        findings -> Text,
        version -> Integer,
        pay_kept -> Nullable<Bool>,
        recalls -> Integer,
        recalled_on -> Nullable<Date>,
    }
}

diesel::table! {
    leave_recalls (id) {
        id -> Binary,
        officer_id -> Binary,
        request_id -> Binary,
        from_on -> Date,
        to_on -> Date,
        reason -> Text,
        recalled_days -> Integer,
        returned -> Integer,
        credited -> Integer,
        findings -> Text,
        account_id -> Binary,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    leave_request_years (request_id, leave_year) {
        request_id -> Binary,
        leave_year -> Integer,
        half_days -> Integer,
    }
}

diesel::table! {
    leave_decisions (id) {
        id -> Binary,
        request_id -> Binary,
        step -> Integer,
        unit_id -> Nullable<Binary>,
        outcome -> Text,
        account_id -> Binary,
        note -> Nullable<Text>,
        findings -> Text,
        alternatives -> Text,
        policy_fingerprint -> Text,
        decided_at -> Timestamp,
        on_behalf_of -> Nullable<Binary>,
    }
}

diesel::table! {
    leave_slots (officer_id, on_date, half) {
        officer_id -> Binary,
        on_date -> Date,
        half -> Text,
        request_id -> Binary,
    }
}

diesel::table! {
    leave_lots (officer_id, kind, id) {
        id -> Binary,
        officer_id -> Binary,
        kind -> Text,
        source -> Text,
        origin_year -> Integer,
        valid_from -> Date,
        expires_on -> Date,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    leave_ledger (officer_id, id) {
        id -> Binary,
        officer_id -> Binary,
        lot_id -> Binary,
        kind -> Text,
        quantity -> Integer,
        unit -> Text,
        leave_on -> Nullable<Date>,
        request_id -> Nullable<Binary>,
        cause -> Text,
        account_id -> Nullable<Binary>,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    entitlement_decisions (id) {
        id -> Binary,
        officer_id -> Binary,
        leave_year -> Integer,
        event_on -> Date,
        held -> Integer,
        given_back -> Integer,
        kept -> Integer,
        reason -> Text,
        account_id -> Nullable<Binary>,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    leave_openings (id) {
        id -> Binary,
        officer_id -> Binary,
        leave_year -> Integer,
        as_of -> Date,
        taken -> Integer,
        carried_in -> Integer,
        reason -> Nullable<Text>,
        account_id -> Nullable<Binary>,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    audit_log (id) {
        id -> Binary,
        recorded_at -> Timestamp,
        account_id -> Nullable<Binary>,
        act -> Text,
        subject_kind -> Text,
        subject_id -> Binary,
        officer_id -> Nullable<Binary>,
        request_ref -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
    }
}

diesel::table! {
    outbox (id) {
        id -> Binary,
        topic -> Text,
        subject_id -> Binary,
        officer_id -> Nullable<Binary>,
        recorded_at -> Timestamp,
        delivered_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    comp_lots (officer_id, id) {
        id -> Binary,
        officer_id -> Binary,
        minutes -> Integer,
        origin -> Text,
        origin_id -> Binary,
        earned_on -> Date,
        offer_by -> Nullable<Date>,
        take_by -> Date,
        unit_id -> Binary,
        policy -> Text,
        reason -> Nullable<Text>,
        account_id -> Nullable<Binary>,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    comp_movements (officer_id, id) {
        id -> Binary,
        officer_id -> Binary,
        lot_id -> Binary,
        kind -> Text,
        minutes -> Integer,
        leave_on -> Nullable<Date>,
        request_id -> Nullable<Binary>,
        rest_day_id -> Nullable<Binary>,
        offer_by -> Nullable<Date>,
        cause -> Text,
        account_id -> Nullable<Binary>,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    comp_choices (officer_id, id) {
        id -> Binary,
        officer_id -> Binary,
        lot_id -> Binary,
        choice -> Text,
        account_id -> Binary,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    rest_cancellations (officer_id, id) {
        id -> Binary,
        officer_id -> Binary,
        rest_day_id -> Binary,
        unit_id -> Binary,
        on_date -> Date,
        notified_at -> Timestamp,
        reason_code -> Text,
        note -> Nullable<Text>,
        clear_days -> Integer,
        multiplier_percent -> Integer,
        minutes -> Integer,
        lot_id -> Nullable<Binary>,
        account_id -> Nullable<Binary>,
        recorded_at -> Timestamp,
        worked_shift_id -> Nullable<Binary>,
        offer_by -> Nullable<Date>,
        take_by -> Nullable<Date>,
        before_entry -> Bool,
    }
}

diesel::table! {
    access (name) {
        name -> Text,
        revision -> BigInt,
    }
}

diesel::table! {
    law (name) {
        name -> Text,
        revision -> BigInt,
    }
}

diesel::table! {
    policy_versions (id) {
        id -> Binary,
        name -> Text,
        unit_id -> Nullable<Binary>,
        category -> Nullable<Text>,
        scope -> Text,
        effective_from -> Date,
        source -> Text,
        text -> Text,
        sha256 -> Text,
        supersedes -> Nullable<Binary>,
        reason -> Nullable<Text>,
        published_by -> Nullable<Binary>,
        published_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    calendar_years (id) {
        id -> Binary,
        unit_id -> Nullable<Binary>,
        scope -> Text,
        year -> Integer,
        status -> Text,
        days -> Text,
        version -> Integer,
        published_by -> Nullable<Binary>,
        published_at -> Timestamp,
        superseded_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    kept_texts (sha256) {
        sha256 -> Text,
        text -> Text,
    }
}

diesel::table! {
    kept_fingerprints (fingerprint) {
        fingerprint -> Text,
        members -> Text,
        first_bound_at -> Timestamp,
    }
}

diesel::table! {
    leave_conflicts (id) {
        id -> Binary,
        officer_id -> Binary,
        request_id -> Binary,
        cause -> Text,
        cause_ref -> Text,
        half_days_before -> Integer,
        half_days_after -> Nullable<Integer>,
        findings -> Text,
        raised_at -> Timestamp,
        closed_at -> Nullable<Timestamp>,
        decision -> Nullable<Text>,
        decided_by -> Nullable<Binary>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    duty_shifts (officer_id, starts_at, id) {
        id -> Binary,
        officer_id -> Binary,
        unit_id -> Binary,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        kind -> Text,
        state -> Text,
        counted_minutes -> Integer,
        source -> Text,
        version -> Integer,
        recorded_at -> Timestamp,
        recorded_by -> Nullable<Binary>,
        replaces_id -> Nullable<Binary>,
        override_reason -> Nullable<Text>,
        note -> Nullable<Text>,
        actual_starts_at -> Nullable<Timestamp>,
        actual_ends_at -> Nullable<Timestamp>,
        actual_minutes -> Nullable<Integer>,
        ended_at -> Nullable<Timestamp>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    duty_shift_history (officer_id, shift_id, version) {
        officer_id -> Binary,
        shift_id -> Binary,
        version -> Integer,
        unit_id -> Binary,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        kind -> Text,
        state -> Text,
        counted_minutes -> Integer,
        recorded_at -> Timestamp,
        recorded_by -> Nullable<Binary>,
        superseded_at -> Timestamp,
    }
}

diesel::table! {
    duty_actuals (officer_id, shift_id, id) {
        id -> Binary,
        officer_id -> Binary,
        shift_id -> Binary,
        said_by -> Text,
        account_id -> Binary,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        counted_minutes -> Integer,
        recorded_at -> Timestamp,
        worked -> Bool,
    }
}

diesel::table! {
    rest_days (officer_id, on_date, id) {
        id -> Binary,
        officer_id -> Binary,
        on_date -> Date,
        kind -> Text,
        state -> Text,
        source -> Text,
        version -> Integer,
        recorded_at -> Timestamp,
        recorded_by -> Nullable<Binary>,
        replaces_id -> Nullable<Binary>,
        published_at -> Nullable<Timestamp>,
        confirmed_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
        late_reason -> Nullable<Text>,
        override_reason -> Nullable<Text>,
    }
}

diesel::table! {
    rosters (unit_id, from_on, id) {
        id -> Binary,
        unit_id -> Binary,
        from_on -> Date,
        to_on -> Date,
        officers -> Integer,
        shifts -> Integer,
        rest_days -> Integer,
        warnings -> Integer,
        days_ahead -> Integer,
        policy_fingerprint -> Text,
        published_at -> Timestamp,
        published_by -> Nullable<Binary>,
    }
}

diesel::table! {
    roster_patterns (id) {
        id -> Binary,
        unit_id -> Nullable<Binary>,
        name -> Text,
        teams -> Integer,
        offset_days -> Integer,
        cycle -> Text,
        version -> Integer,
        recorded_at -> Timestamp,
        recorded_by -> Nullable<Binary>,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    shift_swaps (from_officer_id, id) {
        id -> Binary,
        from_officer_id -> Binary,
        to_officer_id -> Binary,
        shift_id -> Binary,
        with_shift_id -> Nullable<Binary>,
        state -> Text,
        note -> Nullable<Text>,
        reason -> Nullable<Text>,
        findings -> Text,
        policy_fingerprint -> Text,
        asked_at -> Timestamp,
        agreed_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        closed_by -> Nullable<Binary>,
        version -> Integer,
    }
}

diesel::table! {
    unit_staffing (unit_id) {
        unit_id -> Binary,
        minimum_present -> Integer,
        skills -> Text,
        version -> Integer,
        recorded_at -> Timestamp,
        recorded_by -> Nullable<Binary>,
        bound_present -> Nullable<Integer>,
        bound_skills -> Nullable<Text>,
    }
}

diesel::table! {
    job_runs (job, due_at) {
        job -> Text,
        due_at -> Timestamp,
        state -> Text,
        claimed_by -> Text,
        claimed_at -> Timestamp,
        heartbeat_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
        attempt -> Integer,
        result -> Nullable<Text>,
    }
}

diesel::table! {
    rest_violations (id) {
        id -> Binary,
        officer_id -> Binary,
        unit_id -> Binary,
        rule -> Text,
        subject -> Text,
        from_on -> Date,
        to_on -> Date,
        basis -> Text,
        outcome -> Text,
        finding -> Text,
        shifts -> Text,
        state -> Text,
        remedied_by -> Nullable<Text>,
        accepted_until -> Nullable<Date>,
        detected_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    rest_violation_events (id) {
        id -> Binary,
        violation_id -> Binary,
        act -> Text,
        cause -> Nullable<Text>,
        account_id -> Nullable<Binary>,
        note -> Nullable<Text>,
        until_on -> Nullable<Date>,
        finding -> Nullable<Text>,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    rest_orders (id) {
        id -> Binary,
        officer_id -> Binary,
        unit_id -> Binary,
        origin -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        duty_from -> Nullable<Timestamp>,
        duty_to -> Nullable<Timestamp>,
        from_at -> Nullable<Timestamp>,
        to_at -> Nullable<Timestamp>,
        cover_officer_id -> Nullable<Binary>,
        created_by -> Nullable<Binary>,
        created_at -> Timestamp,
        issued_by -> Nullable<Binary>,
        issued_at -> Nullable<Timestamp>,
        ended_by -> Nullable<Binary>,
        ended_at -> Nullable<Timestamp>,
        version -> Integer,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    rest_order_overrides (id) {
        id -> Binary,
        order_id -> Binary,
        reason -> Text,
        from_at -> Timestamp,
        until_at -> Timestamp,
        account_id -> Nullable<Binary>,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    derogations (id) {
        id -> Binary,
        unit_id -> Binary,
        event -> Text,
        from_on -> Date,
        to_on -> Date,
        state -> Text,
        asked_by -> Nullable<Binary>,
        asked_at -> Timestamp,
        decided_by -> Nullable<Binary>,
        decided_at -> Nullable<Timestamp>,
        reason -> Nullable<Text>,
        ended_on -> Nullable<Date>,
        ended_by -> Nullable<Binary>,
        ended_at -> Nullable<Timestamp>,
        version -> Integer,
    }
}

diesel::table! {
    absences (id) {
        id -> Binary,
        officer_id -> Binary,
        kind -> Text,
        from_on -> Date,
        to_on -> Date,
        account_id -> Nullable<Binary>,
        recorded_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        ended_by -> Nullable<Binary>,
        end_reason -> Nullable<Text>,
        last_on -> Nullable<Date>,
    }
}

diesel::table! {
    couples (id) {
        id -> Binary,
        officer_id -> Binary,
        partner_officer_id -> Binary,
        care_need -> Nullable<Text>,
        asked_at -> Timestamp,
        agreed_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
        ended_by -> Nullable<Binary>,
        version -> Integer,
    }
}

diesel::table! {
    rest_day_asks (id) {
        id -> Binary,
        officer_id -> Binary,
        rest_day_id -> Binary,
        state -> Text,
        note -> Nullable<Text>,
        account_id -> Binary,
        asked_at -> Timestamp,
        closed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    comp_payments (id) {
        id -> Binary,
        officer_id -> Binary,
        lot_id -> Binary,
        month_on -> Date,
        minutes -> Integer,
        cap_minutes -> Nullable<Integer>,
        amount -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        policy -> Nullable<Text>,
        note -> Nullable<Text>,
        account_id -> Nullable<Binary>,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    rest_looks (officer_id, from_on, to_on) {
        officer_id -> Binary,
        from_on -> Date,
        to_on -> Date,
        asked -> Integer,
        recorded_at -> Timestamp,
    }
}
