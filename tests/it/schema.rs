//! The schema: the same on both databases and in the eyes of diesel, up and down and up again, refusing nonsense.

use std::collections::BTreeSet;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use respite::app::error::Error;
use respite::app::house::{self, Closed};
use respite::store::migrations;
use respite::store::pool::{Database, Options, Target};
use serde_json::json;

use crate::app::Force;
use crate::databases::{Kind, TestDatabase, empty, fresh};
use crate::multitude::{Dialect, Multitude};
use crate::sql::{change, execute, lines, script};

/// Everything about a schema that both databases can be asked, one line each, in common words.
#[derive(Debug, PartialEq, Eq)]
struct Catalogue {
    columns: BTreeSet<String>,
    primary_keys: BTreeSet<String>,
    uniques: BTreeSet<String>,
    indexes: BTreeSet<String>,
    references: BTreeSet<String>,
}

const SQLITE_TABLES: &str = "(SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '@_@_%' ESCAPE '@') t";
const POSTGRES_TABLES: &str = "(SELECT c.oid, relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace \
     WHERE relkind = 'r' AND nspname = 'public' AND relname NOT LIKE '@_@_%' ESCAPE '@') t";

fn catalogue(db: &TestDatabase) -> Catalogue {
    let ask = |sqlite: &str, postgres: &str| -> BTreeSet<String> {
        let query = match db.kind {
            Kind::Sqlite => sqlite.replace("TABLES", SQLITE_TABLES),
            Kind::Postgres => postgres.replace("TABLES", POSTGRES_TABLES),
        };
        lines(db, &query).iter().map(|line| common(line)).collect()
    };
    // Index: its table, what makes it apply, and its columns in order.
    let index = |sqlite: &str, postgres: &str| {
        ask(
            &format!(
                "SELECT t.name || '(' || (SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) \
                 ORDER BY seqno)) || ')' || COALESCE((SELECT ' ' || substr(sql, instr(sql, 'WHERE')) FROM sqlite_master m \
                 WHERE m.name = i.name AND sql LIKE '%WHERE%'), '') AS line FROM TABLES, pragma_index_list(t.name) i WHERE {sqlite}"
            ),
            &format!(
                "SELECT t.name || '(' || (SELECT string_agg(attname::text, ', ' ORDER BY ord) FROM unnest(i.indkey::int[]) \
                 WITH ORDINALITY k(num, ord) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num) || ')' || \
                 COALESCE(' WHERE ' || pg_get_expr(i.indpred, i.indrelid), '') AS line \
                 FROM TABLES JOIN pg_index i ON i.indrelid = t.oid WHERE {postgres}"
            ),
        )
    };
    Catalogue {
        columns: ask(
            "SELECT t.name || '.' || c.name || ' ' || c.type || CASE c.\"notnull\" WHEN 0 THEN ' null' ELSE '' END AS line \
             FROM TABLES, pragma_table_info(t.name) c",
            "SELECT t.name || '.' || attname || ' ' || format_type(atttypid, NULL) || \
             CASE WHEN attnotnull THEN '' ELSE ' null' END AS line \
             FROM TABLES JOIN pg_attribute ON attrelid = t.oid WHERE attnum > 0 AND NOT attisdropped",
        ),
        primary_keys: index("i.origin = 'pk'", "i.indisprimary"),
        uniques: index("i.origin <> 'pk' AND i.\"unique\"", "NOT i.indisprimary AND i.indisunique"),
        indexes: index("i.origin <> 'pk' AND NOT i.\"unique\"", "NOT i.indisunique"),
        references: ask(
            "SELECT t.name || '.' || f.\"from\" || ' -> ' || f.\"table\" || '.' || f.\"to\" AS line \
             FROM TABLES, pragma_foreign_key_list(t.name) f",
            "SELECT t.name || '.' || a.attname || ' -> ' || o.relname || '.' || b.attname AS line FROM TABLES \
             JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype = 'f' JOIN pg_class o ON o.oid = c.confrelid \
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1] \
             JOIN pg_attribute b ON b.attrelid = o.oid AND b.attnum = c.confkey[1]",
        ),
    }
}

/// A line in words that both databases share.
fn common(line: &str) -> String {
    let mut line = line.replace("::text", "");
    if let Some((columns, condition)) = line.split_once(" WHERE ") {
        line = format!("{columns} where {}", condition.replace(['(', ')'], ""));
    }
    for (own, word) in [
        (" BLOB", " Binary"),
        (" bytea", " Binary"),
        (" TEXT", " Text"),
        (" text", " Text"),
        (" INTEGER", " Integer"),
        (" integer", " Integer"),
        (" DATE", " Date"),
        (" date", " Date"),
        (" TIMESTAMP", " Timestamp"),
        (" timestamp without time zone", " Timestamp"),
        (" BOOLEAN", " Bool"),
        (" boolean", " Bool"),
        (" BIGINT", " BigInt"),
        (" bigint", " BigInt"),
    ] {
        if let Some(start) = line.strip_suffix(own) {
            return format!("{start}{word}");
        }
        if let Some(start) = line.strip_suffix(&format!("{own} null")) {
            return format!("{start}{word} null");
        }
    }
    line
}

/// The columns and primary keys that diesel was told of.
fn told_to_diesel() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut columns, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for table in include_str!("../../src/store/schema.rs").split("diesel::table! {").skip(1) {
        let (head, body) = table.split_once('{').unwrap();
        let name = head.split_once('(').unwrap().0.trim();
        keys.insert(format!("{name}{}", head.split_at(head.find('(').unwrap()).1.trim()));
        for column in body.split_once('}').unwrap().0.lines().filter_map(|line| line.trim().split_once(" -> ")) {
            let kind = column.1.trim_end_matches(',');
            let kind = match kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>')) {
                Some(kind) => format!("{kind} null"),
                None => kind.to_owned(),
            };
            columns.insert(format!("{name}.{} {kind}", column.0));
        }
    }
    (columns, keys)
}

#[test]
fn the_two_schemas_are_one() {
    let (sqlite, postgres) = (catalogue(&fresh(Kind::Sqlite)), catalogue(&fresh(Kind::Postgres)));
    assert_eq!(sqlite.columns, postgres.columns);
    assert_eq!(sqlite.primary_keys, postgres.primary_keys);
    assert_eq!(sqlite.uniques, postgres.uniques);
    assert_eq!(sqlite.indexes, postgres.indexes);
    assert_eq!(sqlite.references, postgres.references);
    assert!(sqlite.columns.contains("leave_slots.half Text") && sqlite.columns.contains("officers.born_on Date null"));
    assert!(sqlite.primary_keys.contains("leave_slots(officer_id, on_date, half)"), "{:?}", sqlite.primary_keys);
    assert!(sqlite.uniques.contains("spouses(officer_id) where superseded_at IS NULL"), "{:?}", sqlite.uniques);
    assert!(sqlite.references.contains("leave_ledger.lot_id -> leave_lots.id"), "{:?}", sqlite.references);
}

#[test]
fn diesel_knows_the_schema_as_it_is() {
    let (columns, keys) = told_to_diesel();
    let there = catalogue(&fresh(Kind::Postgres));
    assert_eq!(columns, there.columns);
    assert_eq!(keys, there.primary_keys);
}

/// Up, down and up again: nothing stays behind, and what comes back is the same.
#[test]
fn every_migration_can_be_taken_back() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let db = empty(kind);
        let database = Database::open(&Target::parse(&db.url).unwrap(), &Options::default()).unwrap();
        let run = || database.write(|tx| migrations::run(tx).map_err(Error::from)).unwrap();
        let pending = || database.read(migrations::pending).unwrap();
        let names = pending();
        assert!(!names.is_empty());
        assert_eq!(run(), names);
        assert_eq!((pending(), run()), (Vec::new(), Vec::new()));
        let first = catalogue(&db);
        let reverted = database.write(|tx| migrations::revert_all(tx).map_err(Error::from)).unwrap();
        assert_eq!((reverted, pending()), (names.len(), names.clone()));
        let bare = catalogue(&db);
        assert!(bare.columns.is_empty(), "{:?}", bare.columns);
        let others = match kind {
            Kind::Sqlite => "SELECT name AS line FROM sqlite_master WHERE name NOT LIKE '%diesel%'",
            Kind::Postgres => "SELECT proname::text AS line FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        };
        assert_eq!(lines(&db, others), Vec::<String>::new());
        assert_eq!(run(), names);
        assert_eq!(catalogue(&db), first);
    }
}

/// Migrations stand in pairs, under one name, each with its way back.
/// A table is rebuilt under the records of a force: nothing of them is lost or changed, on the way back either.
#[test]
fn records_outlive_a_rebuilt_table() {
    const TABLES: &[&str] = &[
        "officer_units",
        "officer_categories",
        "service_periods",
        "leave_lots",
        "leave_ledger",
        "leave_slots",
        "leave_request_years",
        "outbox",
    ];
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let db = fresh(kind);
        let (dialect, down, up) = match kind {
            Kind::Sqlite => (
                Dialect::Sqlite,
                include_str!("../../migrations/sqlite/2026-11-22-000000_beside_their_officer/down.sql"),
                include_str!("../../migrations/sqlite/2026-11-22-000000_beside_their_officer/up.sql"),
            ),
            Kind::Postgres => (
                Dialect::Postgres,
                include_str!("../../migrations/postgres/2026-11-22-000000_beside_their_officer/down.sql"),
                include_str!("../../migrations/postgres/2026-11-22-000000_beside_their_officer/up.sql"),
            ),
        };
        for statement in (Multitude { officers: 300, units: 7 }).statements(dialect, None) {
            change(&db, &statement);
        }
        let records = || -> Vec<Vec<String>> { TABLES.iter().map(|table| rows(&db, table)).collect() };
        let (before, schema) = (records(), catalogue(&db));
        assert!(before.iter().all(|rows| rows.len() >= 3), "too little to lose");
        script(&db, &format!("BEGIN; {down} COMMIT;"));
        assert_eq!(records(), before, "{kind:?}: taken back");
        assert_ne!(catalogue(&db), schema);
        script(&db, &format!("BEGIN; {up} COMMIT;"));
        assert_eq!(records(), before, "{kind:?}: rebuilt");
        assert_eq!(catalogue(&db), schema);
    }
}

/// On a file the table to which everything refers is rebuilt, and after it requests and ledger: what refers to them stays. Where
/// something leads nowhere, nothing is migrated.
#[test]
fn officers_are_rebuilt_under_what_refers_to_them() {
    let (db, this) = (fresh(Kind::Sqlite), "2026-11-28-100000_officers");
    let down = [
        include_str!("../../migrations/sqlite/2026-11-29-100000_checks/down.sql"),
        include_str!("../../migrations/sqlite/2026-11-29-000000_own_facts/down.sql"),
        include_str!("../../migrations/sqlite/2026-11-28-100000_officers/down.sql"),
    ]
    .concat();
    let back = format!(
        "PRAGMA foreign_keys = OFF; BEGIN; {down} DELETE FROM __diesel_schema_migrations WHERE version >= '20261128100000'; COMMIT;"
    );
    let target = Target::parse(&db.url).unwrap();
    let migrate = || house::migrate(&target, &Options::default());
    let is_clustered =
        || lines(&db, "SELECT sql AS line FROM sqlite_master WHERE name = 'officers'")[0].contains("WITHOUT ROWID");
    for statement in (Multitude { officers: 300, units: 7 }).statements(Dialect::Sqlite, None) {
        change(&db, &statement);
    }
    let records = || ["officers", "leave_requests", "leave_ledger"].map(|table| rows(&db, table));
    let (before, schema) = (records(), catalogue(&db));
    assert!(before.iter().all(|rows| rows.len() >= 300), "too little to lose");
    script(&db, &back);
    assert_eq!((records(), is_clustered()), (before.clone(), false));
    assert_eq!(migrate().unwrap().first().unwrap(), this);
    assert_eq!((records(), is_clustered(), catalogue(&db)), (before, true, schema));
    assert_eq!(lines(&db, "SELECT \"table\" AS line FROM pragma_foreign_key_check"), Vec::<String>::new());

    script(&db, &back);
    script(&db, "PRAGMA foreign_keys = OFF; DELETE FROM officers WHERE badge_no = 'm00000001';");
    let refused = migrate().unwrap_err();
    assert!(format!("{refused:?}").contains("lead nowhere"), "{refused:?}");
    assert!(!is_clustered() && rows(&db, "officers").len() == 299);
}

/// The rows of a table, whatever the order of its columns.
fn rows(db: &TestDatabase, table: &str) -> Vec<String> {
    let query = match db.kind {
        Kind::Sqlite => {
            let columns =
                lines(db, &format!("SELECT 'quote(' || name || ')' AS line FROM pragma_table_info('{table}')"));
            format!("SELECT {} AS line FROM {table}", columns.join(" || ', ' || "))
        }
        Kind::Postgres => format!("SELECT to_jsonb(t)::text AS line FROM {table} t"),
    };
    lines(db, &query)
}

#[test]
fn a_migration_exists_twice_under_one_name() {
    let names = |kind: &str| -> BTreeSet<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(kind);
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries
            .inspect(|path| assert!(path.join("up.sql").is_file() && path.join("down.sql").is_file(), "{path:?}"))
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

/// A service opens PostgreSQL only on the schema of its build, and never makes one; SQLite brings its file there.
#[test]
fn a_schema_that_is_not_current_is_refused_or_made_current() {
    let open = |db: &TestDatabase| house::open_database(&Target::parse(&db.url).unwrap(), &Options::default());
    let postgres = empty(Kind::Postgres);
    match open(&postgres) {
        Err(Closed::SchemaNotCurrent(pending)) => assert!(pending[0].contains("house"), "{pending:?}"),
        other => panic!("{other:?}"),
    }
    assert!(catalogue(&postgres).columns.is_empty());
    house::migrate(&Target::parse(&postgres.url).unwrap(), &Options::default()).unwrap();
    assert!(open(&postgres).is_ok());
    let sqlite = empty(Kind::Sqlite);
    assert!(open(&sqlite).is_ok());
    assert!(catalogue(&sqlite).columns.contains("units.code Text"));
}

/// Eight that migrate an empty database at once: each of them finds it current in the end.
#[test]
fn many_may_migrate_at_once() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let db = empty(kind);
        let target = Target::parse(&db.url).unwrap();
        let applied: usize = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(|| house::migrate(&target, &Options::default()))).collect();
            all.into_iter().map(|one| one.join().unwrap().unwrap().len()).sum()
        });
        let names = Database::open(&target, &Options::default()).unwrap().read(migrations::pending).unwrap();
        assert_eq!(names, Vec::<String>::new());
        assert_eq!(applied, std::fs::read_dir("migrations/sqlite").unwrap().count(), "{kind:?}: each was applied once");
    }
}

#[test]
fn the_scheme_of_a_url_decides() {
    assert_eq!(Target::parse("sqlite:/var/lib/a.db"), Ok(Target::Sqlite("/var/lib/a.db".into())));
    assert_eq!(Target::parse("postgresql://h/d"), Ok(Target::Postgres("postgresql://h/d".into())));
    for wrong in
        ["", "sqlite", "sqlite:", "sqlite://", "SQLITE:a.db", "mysql://h/d", "postgres:h/d", "file:a.db", "a.db"]
    {
        assert!(Target::parse(wrong).is_err(), "{wrong}");
    }
}

/// A database that is away is said to be away; nothing is made in its place.
#[test]
fn a_database_that_is_away_is_an_error() {
    let before = std::fs::read_dir(".").unwrap().count();
    let options = Options { timeout: std::time::Duration::from_secs(1), ..Options::default() };
    for url in ["postgres://nobody@127.0.0.1:1/none", "sqlite:/no/such/folder/respite.db"] {
        let error = Database::open(&Target::parse(url).unwrap(), &options).unwrap_err();
        assert!(matches!(error, respite::store::Error::Unavailable(_)), "{url}: {error:?}");
    }
    assert_eq!(std::fs::read_dir(".").unwrap().count(), before);
}

#[derive(Debug, PartialEq)]
enum Refused {
    Check,
    Unique,
    Reference,
    Null,
    Trigger,
}

fn refusal(db: &TestDatabase, statement: &str) -> Refused {
    match execute(db, statement) {
        Err(DieselError::DatabaseError(kind, information)) => match kind {
            DatabaseErrorKind::CheckViolation => Refused::Check,
            DatabaseErrorKind::UniqueViolation => Refused::Unique,
            DatabaseErrorKind::ForeignKeyViolation => Refused::Reference,
            DatabaseErrorKind::NotNullViolation => Refused::Null,
            _ if information.message().ends_with("is append-only") => Refused::Trigger,
            _ => panic!("{statement}: {}", information.message()),
        },
        other => panic!("{statement}: {other:?}"),
    }
}

const NONSENSE: &[(&str, Refused)] = &[
    ("UPDATE leave_slots SET half = 'noon'", Refused::Check),
    ("INSERT INTO leave_slots SELECT * FROM leave_slots", Refused::Unique),
    ("UPDATE leave_slots SET request_id = @id", Refused::Reference),
    ("UPDATE leave_slots SET officer_id = NULL", Refused::Null),
    ("UPDATE leave_requests SET from_on = '2027-01-01'", Refused::Check),
    ("UPDATE leave_requests SET to_on = from_on, first_day = 'pm', last_day = 'am'", Refused::Check),
    ("UPDATE leave_requests SET first_day = 'am'", Refused::Check),
    ("UPDATE leave_requests SET half_days = -1", Refused::Check),
    ("UPDATE leave_requests SET state = 'running'", Refused::Check),
    ("UPDATE leave_requests SET kind = 'sabbatical'", Refused::Check),
    ("UPDATE leave_requests SET version = 0", Refused::Check),
    ("UPDATE leave_requests SET cover_officer_id = @id", Refused::Reference),
    ("UPDATE leave_request_years SET half_days = -2", Refused::Check),
    ("INSERT INTO leave_request_years SELECT * FROM leave_request_years", Refused::Unique),
    ("UPDATE leave_decisions SET outcome = 'perhaps'", Refused::Check),
    ("UPDATE leave_decisions SET step = 0", Refused::Check),
    (
        "INSERT INTO leave_decisions SELECT @id, request_id, 2, unit_id, outcome, account_id, note, findings, alternatives, policy_fingerprint, decided_at, on_behalf_of FROM leave_decisions",
        Refused::Unique,
    ),
    ("UPDATE leave_lots SET expires_on = '2020-01-01'", Refused::Check),
    ("UPDATE leave_lots SET source = 'found'", Refused::Check),
    (
        "INSERT INTO leave_lots SELECT @id, officer_id, kind, source, origin_year, valid_from, expires_on, recorded_at FROM leave_lots",
        Refused::Unique,
    ),
    (
        "INSERT INTO leave_ledger SELECT @id, officer_id, lot_id, 'adjusted', 0, unit, leave_on, request_id, cause, account_id, recorded_at FROM leave_ledger",
        Refused::Check,
    ),
    (
        "INSERT INTO leave_ledger SELECT @id, officer_id, lot_id, 'reserved', 2, unit, leave_on, request_id, cause, account_id, recorded_at FROM leave_ledger",
        Refused::Check,
    ),
    (
        "INSERT INTO leave_ledger SELECT @id, officer_id, lot_id, 'released', -2, unit, leave_on, request_id, cause, account_id, recorded_at FROM leave_ledger",
        Refused::Check,
    ),
    (
        "INSERT INTO leave_ledger SELECT @id, officer_id, lot_id, 'reserved', -2, unit, NULL, request_id, cause, account_id, recorded_at FROM leave_ledger",
        Refused::Check,
    ),
    (
        "INSERT INTO leave_ledger SELECT @id, officer_id, lot_id, 'released', 2, unit, leave_on, NULL, cause, account_id, recorded_at FROM leave_ledger",
        Refused::Check,
    ),
    (
        "INSERT INTO leave_ledger SELECT @id, officer_id, lot_id, 'given', 2, unit, leave_on, request_id, cause, account_id, recorded_at FROM leave_ledger",
        Refused::Check,
    ),
    (
        "INSERT INTO leave_ledger SELECT @id, officer_id, lot_id, 'adjusted', 2, 'hour', leave_on, request_id, cause, account_id, recorded_at FROM leave_ledger",
        Refused::Check,
    ),
    (
        "INSERT INTO leave_ledger SELECT @id, officer_id, @id, 'adjusted', 2, unit, leave_on, request_id, cause, account_id, recorded_at FROM leave_ledger",
        Refused::Reference,
    ),
    ("UPDATE officers SET sex = 'unknown'", Refused::Check),
    ("UPDATE officers SET badge_no = ''", Refused::Check),
    ("UPDATE officers SET name = ''", Refused::Check),
    (
        "INSERT INTO officers SELECT @id, badge_no, name, sex, born_on, post, rank, joined_on, shift_worker, version, created_at FROM officers",
        Refused::Unique,
    ),
    (
        "INSERT INTO units SELECT substr(id, 1, 15), code || 'x', name, kind, version, created_at FROM units",
        Refused::Check,
    ),
    ("INSERT INTO units SELECT @id, code, name, kind, version, created_at FROM units", Refused::Unique),
    ("UPDATE units SET kind = 'ship'", Refused::Check),
    ("UPDATE unit_parents SET parent_id = unit_id", Refused::Check),
    ("UPDATE unit_parents SET until_on = effective_on", Refused::Check),
    (
        "INSERT INTO unit_parents SELECT @id, unit_id, parent_id, effective_on, until_on, recorded_at, superseded_at FROM unit_parents",
        Refused::Unique,
    ),
    (
        "INSERT INTO officer_units SELECT @id, officer_id, unit_id, effective_on, until_on, recorded_at, superseded_at FROM officer_units",
        Refused::Unique,
    ),
    ("UPDATE officer_units SET unit_id = @id", Refused::Reference),
    ("UPDATE officer_categories SET category = 'robot'", Refused::Check),
    ("UPDATE service_periods SET to_on = '1990-01-01'", Refused::Check),
    ("UPDATE service_periods SET kind = 'holiday'", Refused::Check),
    ("UPDATE spouses SET spouse_officer_id = officer_id", Refused::Check),
    (
        "INSERT INTO spouses SELECT @id, officer_id, spouse_officer_id, recorded_at, superseded_at FROM spouses",
        Refused::Unique,
    ),
    ("UPDATE accounts SET username = ''", Refused::Check),
    ("UPDATE accounts SET officer_id = @id", Refused::Reference),
    ("UPDATE grants SET role = 'king'", Refused::Check),
    ("DELETE FROM officers", Refused::Reference),
    ("DELETE FROM units", Refused::Reference),
    ("UPDATE leave_ledger SET quantity = quantity", Refused::Trigger),
    ("DELETE FROM leave_ledger", Refused::Trigger),
    ("UPDATE audit_log SET act = 'x'", Refused::Trigger),
    ("DELETE FROM audit_log", Refused::Trigger),
    ("UPDATE leave_requests SET pay_kept = TRUE", Refused::Check),
    ("UPDATE entitlement_decisions SET given_back = 0", Refused::Trigger),
    ("DELETE FROM entitlement_decisions", Refused::Trigger),
    (
        "INSERT INTO entitlement_decisions SELECT @id, officer_id, leave_year, event_on, 4, 5, 9, reason, account_id, recorded_at FROM entitlement_decisions",
        Refused::Check,
    ),
    (
        "INSERT INTO entitlement_decisions SELECT @id, officer_id, leave_year, event_on, 4, 2, 1, reason, account_id, recorded_at FROM entitlement_decisions",
        Refused::Check,
    ),
    ("UPDATE leave_openings SET taken = 0", Refused::Trigger),
    ("DELETE FROM leave_openings", Refused::Trigger),
    (
        "INSERT INTO leave_openings SELECT @id, officer_id, leave_year, as_of, 1, 1, reason, account_id, recorded_at FROM leave_openings",
        Refused::Unique,
    ),
    (
        "INSERT INTO leave_openings SELECT @id, officer_id, leave_year + 1, as_of, -1, 1, reason, account_id, recorded_at FROM leave_openings",
        Refused::Check,
    ),
    ("UPDATE job_runs SET state = 'lost'", Refused::Check),
    ("UPDATE job_runs SET state = 'claimed'", Refused::Check),
    ("UPDATE job_runs SET finished_at = NULL", Refused::Check),
    ("INSERT INTO job_runs SELECT * FROM job_runs", Refused::Unique),
    ("UPDATE rest_looks SET to_on = '2020-01-01'", Refused::Check),
    ("UPDATE rest_looks SET asked = 0", Refused::Check),
    ("UPDATE rest_looks SET officer_id = @id", Refused::Reference),
    ("INSERT INTO rest_looks SELECT * FROM rest_looks", Refused::Unique),
    ("UPDATE rest_violations SET state = 'accepted'", Refused::Check),
    ("UPDATE rest_violations SET state = 'remedied'", Refused::Check),
    ("UPDATE rest_violations SET remedied_by = 'leader'", Refused::Check),
    ("UPDATE rest_violations SET to_on = '2020-01-01'", Refused::Check),
    ("UPDATE rest_violations SET outcome = 'pass'", Refused::Check),
    ("UPDATE rest_violations SET unit_id = @id", Refused::Reference),
    ("UPDATE rest_violations SET version = 0", Refused::Check),
    ("DELETE FROM rest_violations", Refused::Trigger),
    (
        "INSERT INTO rest_violations (id, officer_id, unit_id, rule, from_on, to_on, basis, outcome, finding, shifts, state, remedied_by, accepted_until, detected_at, version) SELECT @id, officer_id, unit_id, rule, from_on, to_on, basis, outcome, finding, shifts, state, remedied_by, accepted_until, detected_at, version FROM rest_violations",
        Refused::Unique,
    ),
    ("UPDATE rest_violation_events SET note = 'x'", Refused::Trigger),
    ("DELETE FROM rest_violation_events", Refused::Trigger),
    (
        "INSERT INTO rest_violation_events SELECT @id, violation_id, 'accepted', cause, account_id, note, NULL, finding, recorded_at FROM rest_violation_events",
        Refused::Check,
    ),
    ("UPDATE rest_orders SET state = 'issued', issued_at = NULL", Refused::Check),
    ("UPDATE rest_orders SET to_at = from_at", Refused::Check),
    ("UPDATE rest_orders SET cover_officer_id = officer_id", Refused::Check),
    ("UPDATE rest_orders SET state = 'ended'", Refused::Check),
    ("DELETE FROM rest_orders", Refused::Trigger),
    ("UPDATE rest_order_overrides SET reason = 'x'", Refused::Trigger),
    ("DELETE FROM rest_order_overrides", Refused::Trigger),
    (
        "INSERT INTO rest_order_overrides SELECT @id, order_id, reason, until_at, from_at, account_id, recorded_at FROM rest_order_overrides",
        Refused::Check,
    ),
    ("UPDATE derogations SET state = 'asked'", Refused::Check),
    ("UPDATE derogations SET to_on = '2020-01-01'", Refused::Check),
    ("UPDATE derogations SET ended_on = to_on", Refused::Check),
    ("DELETE FROM derogations", Refused::Trigger),
    ("UPDATE absences SET to_on = '2020-01-01'", Refused::Check),
    ("UPDATE absences SET kind = 'sick'", Refused::Check),
    ("UPDATE absences SET last_on = from_on", Refused::Check),
    ("UPDATE absences SET end_reason = 'x'", Refused::Check),
    ("DELETE FROM absences", Refused::Trigger),
    ("UPDATE couples SET partner_officer_id = officer_id", Refused::Check),
    ("UPDATE couples SET care_need = ''", Refused::Check),
    ("DELETE FROM couples", Refused::Trigger),
    (
        "INSERT INTO couples SELECT @id, officer_id, partner_officer_id, care_need, asked_at, agreed_at, ended_at, ended_by, version FROM couples",
        Refused::Unique,
    ),
];

/// One row of everything that watches over rest.
fn watched(db: &TestDatabase) {
    let at = "'2026-03-02 01:00:00'";
    let of = "FROM officers o JOIN officer_units u ON u.officer_id = o.id WHERE o.badge_no = '100100'";
    for row in [
        format!("INSERT INTO job_runs VALUES ('rest_scan', {at}, 'done', 'x', {at}, {at}, {at}, 1, NULL)"),
        format!("INSERT INTO rest_looks SELECT o.id, '2026-03-01', '2026-03-20', 1, {at} {of}"),
        format!(
            "INSERT INTO rest_violations (id, officer_id, unit_id, rule, from_on, to_on, basis, outcome, finding, shifts, state, remedied_by, accepted_until, detected_at, version) SELECT @id, o.id, u.unit_id, 'rest.daily', '2026-03-01', '2026-03-02', 'planned', 'warn', '{{}}', '[]', 'detected', NULL, NULL, {at}, 1 {of}"
        ),
        format!(
            "INSERT INTO rest_violation_events SELECT @id, id, 'detected', NULL, NULL, NULL, NULL, NULL, {at} FROM rest_violations"
        ),
        format!(
            "INSERT INTO rest_orders SELECT @id, o.id, u.unit_id, 'leader', 'issued', NULL, NULL, NULL, {at}, '2026-03-03 01:00:00', NULL, NULL, {at}, NULL, {at}, NULL, NULL, 1, NULL {of}"
        ),
        format!(
            "INSERT INTO rest_order_overrides SELECT @id, id, 'x', {at}, '2026-03-02 02:00:00', NULL, {at} FROM rest_orders"
        ),
        format!(
            "INSERT INTO derogations SELECT @id, u.unit_id, 'x', '2026-03-01', '2026-03-05', 'approved', NULL, {at}, NULL, {at}, NULL, NULL, NULL, NULL, 1 {of}"
        ),
        format!(
            "INSERT INTO absences SELECT @id, o.id, 'course', '2026-03-01', '2026-03-05', NULL, {at}, NULL, NULL, NULL, NULL {of}"
        ),
        format!(
            "INSERT INTO couples SELECT @id, o.id, p.id, NULL, {at}, {at}, NULL, NULL, 1 FROM officers o, officers p WHERE o.badge_no = '100100' AND p.badge_no = '100101'"
        ),
    ] {
        assert_eq!(execute(db, &row).unwrap_or_else(|error| panic!("{error}: {row}")), 1, "{row}");
    }
}

both! {
    /// What the database itself can hold, it holds: whoever writes past the service is refused as well.
    async fn nonsense_is_refused_by_the_database(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        let spouse = force.officer_with("100101", json!({"spouse_officer_id": officer})).await;
        let own = force.app.as_officer("own", officer, &[]).await;
        let request = force.submit(&own, officer, "2026-03-09", "2026-03-13").await.expect(201).id();
        force.leader.act(&format!("/leave-requests/{request}/approve")).await.expect(200);
        assert_ne!(officer, spouse);
        // What only rare acts leave behind.
        for (table, values) in [
            ("entitlement_decisions", "2026, '2026-05-01', 4, 1, 1, 'x'"),
            ("leave_openings", "2026, '2026-01-31', 2, 0, NULL"),
        ] {
            let row = format!("INSERT INTO {table} SELECT @id, id, {values}, NULL, created_at FROM officers WHERE badge_no = '100101'");
            assert_eq!(execute(&force.app.db, &row).unwrap(), 1);
        }
        watched(&force.app.db);
        let everything = "SELECT CAST(count(*) AS TEXT) AS line FROM leave_ledger UNION ALL SELECT CAST(count(*) AS TEXT) FROM audit_log";
        let before = lines(&force.app.db, everything);
        for (statement, wanted) in NONSENSE {
            assert_eq!(refusal(&force.app.db, statement), *wanted, "{statement}");
        }
        if force.app.db.kind == Kind::Postgres {
            assert_eq!(refusal(&force.app.db, "TRUNCATE leave_ledger"), Refused::Trigger);
            assert_eq!(refusal(&force.app.db, "TRUNCATE audit_log"), Refused::Trigger);
            assert_eq!(refusal(&force.app.db, "TRUNCATE entitlement_decisions"), Refused::Trigger);
            assert_eq!(refusal(&force.app.db, "TRUNCATE leave_openings"), Refused::Trigger);
        }
        assert_eq!(lines(&force.app.db, everything), before);
    }
}
