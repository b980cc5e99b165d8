//! No statement costs more because there are more other officers, requests or ledger rows: every statement of the acts
//! and reads below is recorded on its way to the database, beside ten thousand others, and its plan is read.

use std::collections::{BTreeMap, HashSet};
use std::sync::{LazyLock, Mutex, Once};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use diesel::sql_types::Text;
use respite::rules::terms::Role;
use serde_json::json;

use crate::app::Force;
use crate::crowd::assert_sound;
use crate::databases::{Kind, TestDatabase};
use crate::multitude::{Dialect, Multitude};

const OTHERS: Multitude = Multitude { officers: 10_000, units: 1000 };

/// Tables that grow with the people and with what they do. Units are few and change seldom.
const GROWING: &[&str] = &[
    "absences",
    "accounts",
    "audit_log",
    "comp_choices",
    "comp_lots",
    "comp_movements",
    "comp_payments",
    "couples",
    "derogations",
    "duty_actuals",
    "duty_shift_history",
    "duty_shifts",
    "grants",
    "idempotency_keys",
    "leave_decisions",
    "leave_ledger",
    "leave_lots",
    "leave_recalls",
    "leave_request_years",
    "leave_requests",
    "leave_slots",
    "officer_categories",
    "officer_units",
    "officers",
    "outbox",
    "refresh_tokens",
    "rest_cancellations",
    "rest_day_asks",
    "rest_days",
    "rest_looks",
    "rest_order_overrides",
    "rest_orders",
    "rest_violation_events",
    "rest_violations",
    "rosters",
    "separations",
    "service_periods",
    "sessions",
    "shift_swaps",
    "spouses",
];

/// What went to the databases that are listened to, by URL.
static HEARD: LazyLock<Mutex<BTreeMap<String, Vec<String>>>> = LazyLock::new(Mutex::default);

/// Listens on one connection, if it is one of a database that is listened to.
#[derive(Default)]
struct Listener {
    url: String,
}

impl Instrumentation for Listener {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => url.clone_into(&mut self.url),
            InstrumentationEvent::StartQuery { query, .. } => {
                if let Some(heard) = HEARD.lock().unwrap().get_mut(&self.url) {
                    heard.push(query.to_string());
                }
            }
            _ => {}
        }
    }
}

/// Listens to what goes to a database from now on.
fn listen(url: &str) {
    static SET: Once = Once::new();
    SET.call_once(|| set_default_instrumentation(|| Some(Box::new(Listener::default()))).unwrap());
    HEARD.lock().unwrap().insert(url.to_owned(), Vec::new());
}

/// The different statements that were heard, without their values and without the words around transactions.
fn heard(url: &str) -> Vec<String> {
    let all = HEARD.lock().unwrap().insert(url.to_owned(), Vec::new()).unwrap();
    let mut met = HashSet::new();
    all.into_iter()
        .map(|query| query.split(" -- binds: ").next().unwrap().trim().to_owned())
        .filter(|sql| ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|word| sql.starts_with(word)))
        .filter(|sql| met.insert(sql.clone()))
        .collect()
}

/// Reads plans on one database.
enum Reader {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Reader {
    fn of(db: &TestDatabase) -> Self {
        match db.kind {
            Kind::Sqlite => Self::Sqlite(SqliteConnection::establish(db.file().to_str().unwrap()).unwrap()),
            Kind::Postgres => {
                let mut connection = PgConnection::establish(&db.url).unwrap();
                // As for a prepared statement: a plan for whatever values come.
                diesel::sql_query("SET plan_cache_mode = force_generic_plan").execute(&mut connection).unwrap();
                Self::Postgres(connection)
            }
        }
    }

    /// The lines of a statement's plan.
    fn plan(&mut self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Step {
            #[diesel(sql_type = Text)]
            detail: String,
        }
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
            line: String,
        }
        match self {
            Self::Sqlite(connection) => {
                let steps = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load::<Step>(connection);
                steps.unwrap_or_else(|error| panic!("{error}: {sql}")).into_iter().map(|step| step.detail).collect()
            }
            Self::Postgres(connection) => {
                let explain = |connection: &mut PgConnection| -> QueryResult<Vec<Line>> {
                    diesel::sql_query(format!("PREPARE heard AS {sql}")).execute(connection)?;
                    let values = (1..).take_while(|n| sql.contains(&format!("${n}"))).map(|_| "NULL");
                    let values: Vec<&str> = values.collect();
                    let call = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
                    let lines = diesel::sql_query(format!("EXPLAIN EXECUTE heard{call}")).load(connection);
                    diesel::sql_query("DEALLOCATE heard").execute(connection)?;
                    lines
                };
                let lines = explain(connection).unwrap_or_else(|error| panic!("{error}: {sql}"));
                lines.into_iter().map(|line| line.line).collect()
            }
        }
    }

    /// The steps of a plan that read a growing table from its beginning, or a whole index of it.
    fn scans(&mut self, sql: &str) -> Vec<String> {
        if let Self::Sqlite(_) = self {
            return self.plan(sql).into_iter().filter(|step| is_growing(step.strip_prefix("SCAN "))).collect();
        }
        // A table of few rows is rather read whole: there only the plan without that choice tells. Where there are many
        // rows the plan as it is must do without.
        let chosen =
            whole_reads(&self.plan(sql)).into_iter().filter(|step| !FEW.iter().any(|table| step.contains(table)));
        let mut found: Vec<String> = chosen.collect();
        self.set("enable_seqscan = off");
        found.extend(whole_reads(&self.plan(sql)));
        self.set("enable_seqscan = on");
        found
    }

    fn set(&mut self, setting: &str) {
        if let Self::Postgres(connection) = self {
            diesel::sql_query(format!("SET {setting}")).execute(connection).unwrap();
        }
    }
}

/// Growing tables in which the test has few rows.
const FEW: &[&str] = &[
    " on grants",
    " on refresh_tokens",
    " on separations",
    " on spouses",
    " on comp_choices",
    " on rest_cancellations",
    " on duty_actuals",
    " on duty_shift_history",
];

/// What others planned, earned and owe: of tables with a handful of rows PostgreSQL reads any index whole, and its plan tells
/// nothing. SQLite chooses by the statement alone and tells of these as of all others.
const WATCHED: &[&str] = &[
    "CREATE TEMP TABLE many AS SELECT o.id AS officer_id, u.unit_id, row_number() OVER (ORDER BY o.id) AS n, \
     lead(o.id) OVER (ORDER BY o.id) AS partner FROM officers o JOIN officer_units u ON u.officer_id = o.id \
     WHERE o.badge_no LIKE 'm%'",
    "INSERT INTO duty_shifts (id, officer_id, unit_id, starts_at, ends_at, kind, state, counted_minutes, source, version, recorded_at) \
     SELECT decode(md5('shift' || n || '-' || k), 'hex'), officer_id, unit_id, TIMESTAMP '2026-01-05 08:00' + k * INTERVAL '2 days', \
     TIMESTAMP '2026-01-05 16:00' + k * INTERVAL '2 days', 'duty', 'published', 480, 'import', 1, '2025-12-01' FROM many, generate_series(1, 3) k",
    "INSERT INTO duty_actuals (id, officer_id, shift_id, said_by, account_id, starts_at, ends_at, counted_minutes, recorded_at) \
     SELECT decode(md5('actual' || s.id::text), 'hex'), s.officer_id, s.id, 'officer', (SELECT id FROM accounts LIMIT 1), s.starts_at, \
     s.ends_at, 480, '2026-01-30' FROM duty_shifts s JOIN many USING (officer_id)",
    "INSERT INTO shift_swaps (id, from_officer_id, to_officer_id, shift_id, state, findings, policy_fingerprint, asked_at, closed_at, version) \
     SELECT decode(md5('swap' || n || '-' || k), 'hex'), officer_id, partner, decode(md5('shift' || n || '-' || k), 'hex'), 'withdrawn', '[]', \
     'none', '2025-12-01', '2025-12-02', 1 FROM many, generate_series(1, 2) k WHERE partner IS NOT NULL",
    "INSERT INTO rest_days (id, officer_id, on_date, kind, state, source, version, recorded_at, published_at) \
     SELECT decode(md5('rest' || n || '-' || k), 'hex'), officer_id, DATE '2026-01-11' + k * 7, 'weekly', 'published', 'import', 1, \
     '2025-12-01', '2025-12-01' FROM many, generate_series(1, 3) k",
    "INSERT INTO rest_day_asks (id, officer_id, rest_day_id, state, account_id, asked_at, closed_at) \
     SELECT decode(md5('ask' || n || '-' || k), 'hex'), many.officer_id, decode(md5('rest' || n || '-' || k), 'hex'), 'withdrawn', a.id, \
     '2025-12-01', '2025-12-02' FROM many JOIN accounts a ON a.officer_id = many.officer_id, generate_series(1, 2) k",
    "INSERT INTO comp_lots (id, officer_id, minutes, origin, origin_id, earned_on, take_by, unit_id, policy, recorded_at) \
     SELECT decode(md5('lot' || n || '-' || k), 'hex'), officer_id, 480, 'rest_day_duty', decode(md5('lot' || n || '-' || k), 'hex'), \
     '2026-01-07', '2026-02-07', unit_id, 'none', '2026-01-08' FROM many, generate_series(1, 2) k",
    "INSERT INTO comp_movements (id, officer_id, lot_id, kind, minutes, cause, recorded_at) \
     SELECT decode(md5('movement' || l.id::text || k), 'hex'), l.officer_id, l.id, CASE k WHEN 1 THEN 'credited' ELSE 'settled' END, \
     CASE k WHEN 1 THEN 480 ELSE -480 END, 'paid', '2026-01-08' FROM comp_lots l JOIN many ON many.officer_id = l.officer_id, generate_series(1, 2) k",
    "INSERT INTO comp_payments (id, officer_id, lot_id, month_on, minutes, recorded_at) \
     SELECT decode(md5('payment' || l.id::text), 'hex'), l.officer_id, l.id, '2026-01-01', 480, '2026-01-08' \
     FROM comp_lots l JOIN many ON many.officer_id = l.officer_id",
    "INSERT INTO absences (id, officer_id, kind, from_on, to_on, recorded_at) \
     SELECT decode(md5('absence' || n || '-' || k), 'hex'), officer_id, 'course', DATE '2026-10-01' + k * 10, DATE '2026-10-05' + k * 10, \
     '2025-12-01' FROM many, generate_series(1, 2) k",
    "INSERT INTO rest_violations (id, officer_id, unit_id, rule, from_on, to_on, basis, outcome, finding, shifts, state, remedied_by, detected_at, version) \
     SELECT decode(md5('violation' || n || '-' || k), 'hex'), officer_id, unit_id, 'rest.weekly', DATE '2026-01-05' + k * 7, DATE '2026-01-11' + k * 7, \
     'planned', 'warn', '{\"rule\":\"rest.weekly\",\"rule_id\":\"R1\",\"outcome\":\"warn\",\"source\":\"\",\"policy\":\"\",\"measured\":{},\"limit\":{},\"suggestions\":[]}', \
     '[]', CASE k WHEN 1 THEN 'detected' ELSE 'verified' END, CASE k WHEN 1 THEN NULL ELSE 'leader' END, '2025-12-01', 1 \
     FROM many, generate_series(1, 3) k",
    "INSERT INTO rest_violation_events (id, violation_id, act, recorded_at) \
     SELECT decode(md5('event' || id::text || k), 'hex'), id, 'detected', '2025-12-01' FROM rest_violations, generate_series(1, 2) k",
    "INSERT INTO rest_orders (id, officer_id, unit_id, origin, state, from_at, to_at, created_at, issued_at, ended_at, version) \
     SELECT decode(md5('order' || n || '-' || k), 'hex'), officer_id, unit_id, 'leader', 'ended', TIMESTAMP '2026-01-05' + k * INTERVAL '7 days', \
     TIMESTAMP '2026-01-06' + k * INTERVAL '7 days', '2025-12-01', '2025-12-01', '2025-12-02', 1 FROM many, generate_series(1, 2) k",
    "INSERT INTO rest_order_overrides (id, order_id, reason, from_at, until_at, recorded_at) \
     SELECT decode(md5('override' || id::text), 'hex'), id, 'x', from_at, to_at, '2025-12-01' FROM rest_orders WHERE from_at IS NOT NULL",
    "INSERT INTO derogations (id, unit_id, event, from_on, to_on, state, asked_at, decided_at, version) \
     SELECT decode(md5('derogation' || code || k), 'hex'), id, 'x', DATE '2024-01-01' + k * 20, DATE '2024-01-05' + k * 20, 'approved', \
     '2023-12-01', '2023-12-01', 1 FROM units, generate_series(1, 20) k WHERE code LIKE 'm%'",
    "INSERT INTO rosters (id, unit_id, from_on, to_on, officers, shifts, rest_days, warnings, days_ahead, policy_fingerprint, published_at) \
     SELECT decode(md5('roster' || code || k), 'hex'), id, DATE '2024-01-01' + k * 30, DATE '2024-01-30' + k * 30, 10, 100, 40, 0, 30, 'none', \
     '2023-12-01' FROM units, generate_series(1, 20) k WHERE code LIKE 'm%'",
    "INSERT INTO couples (id, officer_id, partner_officer_id, asked_at, agreed_at, ended_at, version) \
     SELECT decode(md5('couple' || n || '-' || k), 'hex'), officer_id, partner, '2025-11-01', '2025-11-02', \
     CASE k WHEN 1 THEN NULL ELSE TIMESTAMP '2025-11-03' END, 1 \
     FROM many, generate_series(1, 3) k WHERE partner IS NOT NULL AND n % 2 = 1",
    "INSERT INTO rest_looks (officer_id, from_on, to_on, asked, recorded_at) \
     SELECT officer_id, '2026-01-05', DATE '2026-01-11' + k, 1, '2025-12-01' FROM many, generate_series(1, 2) k",
];

/// The steps of a plan of PostgreSQL that read a whole growing table or a whole index of it.
fn whole_reads(plan: &[String]) -> Vec<String> {
    let starts: Vec<usize> = (0..plan.len()).filter(|at| plan[*at].contains("(cost=")).collect();
    let ends = starts.iter().skip(1).copied().chain([plan.len()]);
    let steps = starts.iter().zip(ends).map(|(at, end)| (plan[*at].trim(), &plan[at + 1..end]));
    let is_whole = |(step, details): &(&str, &[String])| {
        let table = step.split_once(" on ").filter(|(how, _)| how.contains("Scan") && !how.contains("Bitmap"));
        let name = table.and_then(|(_, table)| table.split_whitespace().next()).unwrap_or_default();
        is_growing(Some(name)) && !details.iter().any(|detail| detail.contains("Index Cond:"))
    };
    steps.filter(is_whole).map(|(step, _)| step.to_owned()).collect()
}

/// Whether what begins with the name of a table names a growing one.
fn is_growing(table: Option<&str>) -> bool {
    table.and_then(|text| text.split_whitespace().next()).is_some_and(|name| GROWING.contains(&name))
}

fn fill(db: &TestDatabase, above: Option<uuid::Uuid>) {
    let (dialect, first, last) = match db.kind {
        Kind::Sqlite => (Dialect::Sqlite, "BEGIN", "COMMIT"),
        Kind::Postgres => (Dialect::Postgres, "SET synchronous_commit = off", "ANALYZE"),
    };
    let statements = OTHERS.statements(dialect, above);
    let watched = if db.kind == Kind::Postgres { WATCHED } else { &[] };
    let mut reader = Reader::of(db);
    let all = [first].into_iter().chain(statements.iter().map(String::as_str)).chain(watched.iter().copied());
    for statement in all.chain([last]) {
        let done = match &mut reader {
            Reader::Sqlite(connection) => diesel::sql_query(statement).execute(connection),
            Reader::Postgres(connection) => diesel::sql_query(statement).execute(connection),
        };
        done.unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
}

/// Everything that people do daily, once, in one role or another.
async fn a_day(force: &Force) {
    let app = &force.app;
    let officer = force.officer("100001", "2010-01-01").await;
    let own = app.as_officer("own", officer, &[]).await;
    let head = app.as_role("head", Role::BureauLeader, Some(force.bureau)).await;
    let auditor = app.as_role("auditor", Role::Auditor, None).await;
    let signed = app.stranger().post("/auth/login", json!({"username": "own", "password": crate::app::PASSWORD})).await;
    app.stranger().post("/auth/refresh", json!({"refresh_token": signed.body["refresh_token"]})).await.expect(200);

    let of = |path: &str| format!("/officers/{officer}{path}");
    for path in [
        "",
        "/leave-balances",
        "/leave-balances?on=2026-12-31",
        "/leave-entitlement?year=2026",
        "/leave-balances/explanation?kind=annual&year=2026",
        "/leave-ledger",
        "/leave-ledger?kind=annual&year=2026&limit=5",
    ] {
        for client in [&own, &force.hr, &force.leader, &head] {
            client.get(&of(path)).await.expect(200);
        }
    }
    let body = |from: &str, to: &str| json!({"officer_id": officer, "kind": "annual", "from": from, "to": to});
    own.post("/leave-requests/preview", body("2026-03-09", "2026-05-29")).await.expect(200);
    let ask = async |key: &str, from: &str, to: &str| {
        own.with("idempotency-key", key).post("/leave-requests", body(from, to)).await.expect(201).id()
    };
    let approved = ask("1", "2026-03-09", "2026-03-12").await;
    let rejected = ask("2", "2026-04-09", "2026-04-10").await;
    let withdrawn = ask("3", "2026-05-11", "2026-05-11").await;
    let waiting = ask("4", "2026-06-11", "2026-06-11").await;
    force.leader.get("/leave-requests/inbox").await.expect(200);
    head.get("/leave-requests/inbox?limit=5").await.expect(200);
    let act = |id: uuid::Uuid, what: &str| format!("/leave-requests/{id}/{what}");
    force.leader.act(&act(approved, "approve")).await.expect(200);
    let reason = json!({"reason": "勤务", "alternatives": [{"from": "2026-04-20", "to": "2026-04-21"}]});
    force.leader.post(&act(rejected, "reject"), reason).await.expect(200);
    own.act(&act(withdrawn, "withdraw")).await.expect(200);
    own.post(&act(approved, "cancel"), json!({"reason": "改期", "from": "2026-03-12"})).await.expect(200);
    own.post(&act(approved, "cancel"), json!({"reason": "改期"})).await.expect(200);
    let adjustment = json!({"officer_id": officer, "kind": "annual", "year": 2026, "days": 1, "reason": "核对"});
    force.hr.post("/leave-adjustments", adjustment).await.expect(201);
    let carried = json!({"from_year": 2025, "days": 2, "reason": "work_need", "consent_on": "2025-12-20"});
    force.hr.post(&of("/carry-overs"), carried).await.expect(201);

    for (client, narrowed) in [
        (&own, ""),
        (&force.leader, ""),
        (&head, ""),
        (&force.hr, ""),
        (&force.hr, "&state=submitted"),
        (&head, "&state=submitted"),
        (&force.leader, "&state=approved"),
        (&force.hr, "&kind=annual&from=2026-03-01&to=2026-06-30"),
    ] {
        client.get(&format!("/leave-requests?limit=5{narrowed}")).await.expect(200);
    }
    force.hr.get(&format!("/leave-requests?officer_id={officer}")).await.expect(200);
    force.hr.get(&format!("/leave-requests?unit_id={}", force.station)).await.expect(200);
    force.hr.get(&format!("/leave-requests/{waiting}")).await.expect(200);
    let first = force.hr.get("/officers?limit=5").await.expect(200);
    let cursor = first.body["next_cursor"].as_str().unwrap();
    force.hr.get(&format!("/officers?limit=5&cursor={cursor}")).await.expect(200);
    for (client, narrowed) in
        [(&force.leader, ""), (&head, ""), (&force.hr, "&badge_no=100001"), (&force.hr, "&category=police")]
    {
        client.get(&format!("/officers?limit=5{narrowed}")).await.expect(200);
    }
    force.hr.get(&format!("/officers?unit_id={}", force.station)).await.expect(200);
    force.leader.get(&format!("/units/{}/leave-balances?limit=5", force.station)).await.expect(200);
    for path in ["/units", "/auth/me", "/leave-types", "/calendar?from=2026-03-01&to=2026-03-31"] {
        own.get(path).await.expect(200);
    }
    force.admin.get("/accounts?limit=5").await.expect(200);
    for narrowed in ["", &format!("&officer_id={officer}"), "&act=leave.submitted"] {
        auditor.get(&format!("/audit?limit=5{narrowed}")).await.expect(200);
    }
    credit(force, &own, officer).await;
    a_day_of_duty(force, officer, &own).await;
    a_day_of_watching(force, officer, &own, &head).await;
    own.post("/auth/password", json!({"current_password": crate::app::PASSWORD, "new_password": "nine letters"}))
        .await
        .expect(204);
    own.act("/auth/logout").await.expect(204);
}

/// Compensatory rest: entered, cancelled and named anew, asked for, chosen, read.
async fn credit(force: &Force, own: &crate::app::Client, officer: uuid::Uuid) {
    let entered = json!({"officer_id": officer, "minutes": 960, "earned_on": "2026-02-25", "reason": "结转"});
    let lot = force.hr.post("/comp-lots", entered).await.expect(201).body["lot_id"].as_str().unwrap().to_owned();
    let day = json!({"officer_id": officer, "date": "2026-07-11", "kind": "weekly"});
    let day = force.leader.post("/rest-days", day).await.expect(201).id();
    own.post(&format!("/rest-days/{day}/ask-move"), json!({})).await.expect(200);
    own.act(&format!("/rest-days/{day}/withdraw-move")).await.expect(200);
    let told = json!({"notified_at": "2026-03-02T01:00:00Z", "reason_code": "exigency"});
    force.leader.post(&format!("/rest-days/{day}/cancel"), told).await.expect(200);
    force.leader.post(&format!("/rest-days/{day}/reroster"), json!({"date": "2026-07-12"})).await.expect(200);
    let asked = json!({"officer_id": officer, "kind": "compensatory", "from": "2026-07-13", "to": "2026-07-13"});
    let asked = own.post("/leave-requests", asked).await.expect(201).id();
    force.leader.act(&format!("/leave-requests/{asked}/approve")).await.expect(200);
    own.post(&format!("/leave-requests/{asked}/cancel"), json!({"reason": "改期"})).await.expect(200);
    own.post(&format!("/comp-lots/{lot}/choose"), json!({"as": "pay"})).await.expect(200);
    force.hr.act(&format!("/comp-lots/{lot}/pay")).await.expect(200);
    for path in [
        "/comp-lots",
        "/comp-ledger",
        "/leave-balances",
        "/leave-ledger?kind=compensatory",
        "/overtime-allowance?month=2026-03",
    ] {
        own.get(&format!("/officers/{officer}{path}")).await.expect(200);
    }
    force.leader.get(&format!("/units/{}/comp-lots?limit=5", force.station)).await.expect(200);
}

/// Duty and rest of one person: planned, read, changed, published, swapped, confirmed.
async fn a_day_of_duty(force: &Force, officer: uuid::Uuid, own: &crate::app::Client) {
    let shift = |from: &str, to: &str| json!({"officer_id": officer, "unit_id": force.station, "kind": "duty", "starts_at": from, "ends_at": to});
    force.leader.post("/duty-shifts/check", shift("2026-08-03T00:00:00Z", "2026-08-03T08:00:00Z")).await.expect(200);
    let told =
        force.leader.post("/duty-shifts", shift("2026-08-03T00:00:00Z", "2026-08-03T08:00:00Z")).await.expect(201);
    let batch = json!({"shifts": [shift("2026-08-04T00:00:00Z", "2026-08-04T08:00:00Z"), shift("2026-08-05T00:00:00Z", "2026-08-05T08:00:00Z")]});
    force.leader.post("/duty-shifts/batch", batch).await.expect(200);
    force.leader.post("/duty-shifts", shift("2026-08-04T01:00:00Z", "2026-08-04T08:00:00Z")).await.expect(409);
    let path = format!("/duty-shifts/{}", told.id());
    let changed = json!({"ends_at": "2026-08-03T09:00:00Z"});
    force.leader.with("if-match", "*").patch(&path, changed).await.expect(200);
    let rest = json!({"officer_id": officer, "date": "2026-08-08", "kind": "weekly"});
    let rest = force.leader.post("/rest-days", rest).await.expect(201).id();
    for client in [own, &force.leader, &force.hr] {
        client.get(&path).await.expect(200);
        client.get(&format!("/rest-days/{rest}")).await.expect(200);
        for list in ["duty-shifts", "rest-days"] {
            client.get(&format!("/{list}?officer_id={officer}&limit=5")).await.expect(200);
            client.get(&format!("/{list}?from=2026-08-01&to=2026-08-31&limit=5")).await.expect(200);
        }
    }
    let period = json!({"unit_id": force.station, "from": "2026-08-01", "to": "2026-08-31"});
    force.leader.post("/rosters/publish", period).await.expect(201);
    let colleague = force.officer("300001", "2012-01-01").await;
    let swap = own.post("/swaps", json!({"shift_id": told.id(), "to_officer_id": colleague})).await.expect(201).id();
    for client in [own, &force.leader, &force.hr] {
        client.get("/swaps?limit=5").await.expect(200);
        client.get(&format!("/swaps/{swap}")).await.expect(200);
    }
    own.act(&format!("/swaps/{swap}/withdraw")).await.expect(200);
    force.leader.post(&format!("{path}/cancel"), json!({"reason": "调整"})).await.expect(200);
    let file = "badge_no,date,starts,ends,kind\n300001,2026-09-01,08:00,16:00,duty\n300001,2026-09-02,,,weekly\n";
    force.leader.send("POST", "/rosters/import", "text/csv", file.as_bytes().to_vec()).await.expect(200);
}

/// What the rules found of one person, read and answered; orders, derogations and couples; what the unit owes.
async fn a_day_of_watching(force: &Force, officer: uuid::Uuid, own: &crate::app::Client, head: &crate::app::Client) {
    let shift = |from: &str, to: &str| {
        json!({
            "officer_id": officer, "unit_id": force.station, "kind": "duty", "starts_at": from, "ends_at": to,
            "override_reason": "专项",
        })
    };
    force.leader.post("/duty-shifts", shift("2026-02-25T00:00:00Z", "2026-02-25T10:00:00Z")).await.expect(201);
    force.leader.post("/duty-shifts", shift("2026-02-25T19:00:00Z", "2026-02-26T02:00:00Z")).await.expect(201);
    let found = force.leader.get("/rest-violations?rule=R2&limit=5").await.expect(200);
    let path = format!("/rest-violations/{}", found.body["items"][0]["id"].as_str().unwrap());
    for client in [own, &force.leader, &force.hr, head] {
        client.get(&path).await.expect(200);
        client.get("/rest-violations?limit=5").await.expect(200);
        client.get("/rest-orders?limit=5").await.expect(200);
    }
    force.hr.get(&format!("/rest-violations?officer_id={officer}&state=detected&limit=5")).await.expect(200);
    force.leader.act(&format!("{path}/acknowledge")).await.expect(200);
    force.leader.post(&format!("{path}/remedy"), json!({"note": "调班"})).await.expect(200);
    force.hr.act(&format!("{path}/verify")).await.expect(200);
    let order = force.leader.post("/rest-orders", json!({"officer_id": officer})).await.expect(201).id();
    force.leader.act(&format!("/rest-orders/{order}/issue")).await.expect(200);
    head.post(&format!("/rest-orders/{order}/end"), json!({"reason": "已休息"})).await.expect(200);
    let asked = json!({"unit_id": force.station, "event": "安保", "from": "2026-05-04", "to": "2026-05-06"});
    let asked = force.leader.post("/derogations", asked).await.expect(201).id();
    head.act(&format!("/derogations/{asked}/approve")).await.expect(200);
    force.leader.post(&format!("/derogations/{asked}/end"), json!({"on": "2026-05-05"})).await.expect(200);
    force.leader.get("/derogations?limit=5").await.expect(200);
    let partner = force.officer("300002", "2012-01-01").await;
    let others = force.app.as_officer("partner", partner, &[]).await;
    let couple = own.post("/couples", json!({"partner_officer_id": partner})).await.expect(201).id();
    others.act(&format!("/couples/{couple}/agree")).await.expect(200);
    own.get("/couples").await.expect(200);
    own.act(&format!("/couples/{couple}/end")).await.expect(200);
    for path in ["rest-duties", "rest-forecast", "rest-compliance"] {
        force.leader.get(&format!("/units/{}/{path}?limit=5", force.station)).await.expect(200);
    }
    force.leader.get("/rosters?limit=5").await.expect(200);
    let away = json!({"from": "2026-06-01", "to": "2026-06-05", "kind": "course"});
    let away = force.hr.post(&format!("/officers/{officer}/absences"), away).await.expect(201).id();
    force.leader.get(&format!("/officers/{officer}/absences?limit=5")).await.expect(200);
    own.get(&format!("/absences/{away}")).await.expect(200);
    force.hr.post(&format!("/absences/{away}/end"), json!({"reason": "取消"})).await.expect(200);
}

/// What lists of the whole force may be narrowed by while they are read on in the order of an index: the page stops when
/// it is full, but passes over what does not match. Keys of the interface are few among the accounts of persons.
const PASSED_OVER: &[&str] =
    &["leave_requests.kind", "leave_requests.from_on", "leave_requests.to_on", "accounts.kind"];

/// Whether a statement reads on in the order of an index and stops when its page is full.
fn is_page(sql: &str, plan: &[String]) -> bool {
    let plain = sql.replace(['`', '"'], "");
    let is_sorted = plan.iter().any(|step| step.contains("TEMP B-TREE") || step.contains("Sort"));
    let narrowed =
        plain.split_once(" WHERE ").and_then(|(_, rest)| rest.split(" ORDER BY ").next()).unwrap_or_default();
    let mut columns = narrowed.split([' ', '(', ')']).filter(|word| word.contains('.'));
    plain.contains(" ORDER BY ")
        && plain.contains(" LIMIT ")
        && !is_sorted
        && columns.all(|one| PASSED_OVER.contains(&one))
}

both! {
    async fn no_statement_reads_the_records_of_all(db: TestDatabase) {
        let url = db.url.strip_prefix("sqlite:").unwrap_or(&db.url).to_owned();
        listen(&url);
        let force = Force::start(db).await;
        let db = std::sync::Arc::clone(&force.app.db);
        fill(&db, Some(force.bureau));
        heard(&url);
        a_day(&force).await;
        let statements = heard(&url);
        assert!(statements.len() > 60, "only {} statements were heard", statements.len());
        let mut reader = Reader::of(&db);
        let mut faults = String::new();
        for sql in &statements {
            let scans = reader.scans(sql);
            if !scans.is_empty() && !is_page(sql, &reader.plan(sql)) {
                faults += &format!("{scans:#?}\n{sql}\n");
            }
        }
        assert!(faults.is_empty(), "{faults}");
        assert_sound(&force.app);
    }

    /// The reading of plans finds a scan where there is one, and only there.
    async fn a_scan_is_found(db: TestDatabase) {
        fill(&db, None);
        let mut reader = Reader::of(&db);
        for (scanning, sql) in [
            (true, "SELECT id FROM leave_requests WHERE note = 'x'"),
            (true, "SELECT count(*) FROM officers"),
            (true, "SELECT id FROM leave_requests WHERE note = 'x' ORDER BY id LIMIT 1"),
            (true, "SELECT leave_ledger.id FROM leave_ledger JOIN leave_requests ON leave_requests.id = request_id WHERE note = 'x'"),
            (true, "UPDATE sessions SET ended_at = created_at WHERE expires_at < created_at"),
            (false, "SELECT id FROM leave_requests WHERE id = '1' AND note = 'x'"),
            (false, "SELECT id FROM officers WHERE badge_no > 'x' ORDER BY badge_no LIMIT 50"),
            (false, "SELECT id FROM units WHERE name = 'x'"),
        ] {
            assert_eq!(!reader.scans(sql).is_empty(), scanning, "{sql}\n{:#?}", reader.plan(sql));
        }
        let sql = "SELECT id FROM leave_requests WHERE note = 'x' ORDER BY id LIMIT 1";
        assert!(!is_page(&sql.replace("note", "leave_requests.note"), &reader.plan(sql)));
        assert!(is_page("SELECT id FROM leave_requests ORDER BY id LIMIT 1", &[]));
    }
}
