//! What must be true of the records at any time, as queries that return the rows for which it is not.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::conn::Conn;
use super::error::Error;

/// One invariant of the records.
#[derive(Debug, Clone, Copy)]
pub struct Invariant {
    /// Stable name.
    pub name: &'static str,
    /// Query of the offending rows, one text column that identifies each.
    sql: &'static str,
}

/// Every invariant, in the order in which they are checked. Live means: submitted, approved or completed.
pub const INVARIANTS: &[Invariant] = &[
    Invariant {
        name: "ledger_matches_requests",
        sql: "SELECT @hex(r.id) AS offender FROM leave_requests r \
              LEFT JOIN (SELECT request_id, -SUM(quantity) AS held FROM leave_ledger \
                         WHERE kind IN ('reserved', 'released') GROUP BY request_id) l ON l.request_id = r.id \
              WHERE COALESCE(l.held, 0) <> CASE WHEN r.state IN ('submitted', 'approved', 'completed') \
                    THEN r.half_days ELSE 0 END",
    },
    Invariant {
        name: "years_match_requests",
        sql: "SELECT @hex(r.id) AS offender FROM leave_requests r \
              LEFT JOIN (SELECT request_id, SUM(half_days) AS total FROM leave_request_years GROUP BY request_id) y \
                ON y.request_id = r.id WHERE COALESCE(y.total, 0) <> r.half_days",
    },
    Invariant {
        name: "live_requests_hold_slots",
        sql: "SELECT @hex(r.id) AS offender FROM leave_requests r \
              LEFT JOIN (SELECT request_id, COUNT(*) AS held FROM leave_slots GROUP BY request_id) s \
                ON s.request_id = r.id \
              WHERE COALESCE(s.held, 0) <> CASE WHEN r.state IN ('submitted', 'approved', 'completed') THEN \
                    2 * (@day(r.to_on) - @day(r.from_on) + 1) \
                    - CASE WHEN r.first_day = 'pm' THEN 1 ELSE 0 END - CASE WHEN r.last_day = 'am' THEN 1 ELSE 0 END \
                    ELSE 0 END",
    },
    Invariant {
        name: "slots_lie_in_their_span",
        sql: "SELECT @hex(s.request_id) AS offender FROM leave_slots s \
              JOIN leave_requests r ON r.id = s.request_id \
              WHERE s.officer_id <> r.officer_id OR s.on_date < r.from_on OR s.on_date > r.to_on \
                 OR (s.on_date = r.from_on AND r.first_day = 'pm' AND s.half = 'am') \
                 OR (s.on_date = r.to_on AND r.last_day = 'am' AND s.half = 'pm')",
    },
    Invariant {
        name: "decided_requests_have_decisions",
        sql: "SELECT @hex(d.request_id) AS offender FROM leave_decisions d \
              JOIN leave_requests r ON r.id = d.request_id \
              WHERE (d.outcome = 'rejected' AND r.state <> 'rejected') \
                 OR (d.outcome = 'approved' AND r.state NOT IN ('approved', 'completed', 'cancelled'))",
    },
    Invariant {
        name: "movements_lie_in_lots_of_the_same_officer",
        sql: "SELECT @hex(m.id) AS offender FROM leave_ledger m JOIN leave_lots t ON t.id = m.lot_id \
              LEFT JOIN leave_requests r ON r.id = m.request_id \
              WHERE m.officer_id <> t.officer_id OR (r.id IS NOT NULL AND r.officer_id <> m.officer_id)",
    },
    Invariant {
        name: "reserved_days_lie_in_valid_lots",
        sql: "SELECT @hex(m.id) AS offender FROM leave_ledger m JOIN leave_lots t ON t.id = m.lot_id \
              WHERE m.kind = 'reserved' AND (m.leave_on < t.valid_from OR m.leave_on > t.expires_on)",
    },
    Invariant {
        name: "recorded_lots_are_never_overdrawn",
        sql: "SELECT @hex(t.id) AS offender FROM leave_lots t \
              JOIN (SELECT lot_id, SUM(quantity) AS rest FROM leave_ledger GROUP BY lot_id) m ON m.lot_id = t.id \
              WHERE t.source <> 'own' AND m.rest < 0",
    },
    Invariant {
        name: "carried_days_balance",
        sql: "SELECT 'all' AS offender FROM (SELECT SUM(quantity) AS rest FROM leave_ledger \
              WHERE kind IN ('carried_out', 'carried_in')) moved WHERE rest <> 0",
    },
    Invariant {
        name: "every_officer_has_unit_and_category",
        sql: "SELECT @hex(o.id) AS offender FROM officers o WHERE \
              NOT EXISTS (SELECT 1 FROM officer_units u WHERE u.officer_id = o.id AND u.superseded_at IS NULL) OR \
              NOT EXISTS (SELECT 1 FROM officer_categories c WHERE c.officer_id = o.id AND c.superseded_at IS NULL)",
    },
    Invariant {
        name: "dated_facts_do_not_overlap",
        sql: "SELECT @hex(a.id) AS offender FROM officer_units a JOIN officer_units b \
                ON a.officer_id = b.officer_id AND a.id < b.id AND a.effective_on < b.until_on \
                AND b.effective_on < a.until_on WHERE a.superseded_at IS NULL AND b.superseded_at IS NULL \
              UNION ALL SELECT @hex(a.id) FROM officer_categories a JOIN officer_categories b \
                ON a.officer_id = b.officer_id AND a.id < b.id AND a.effective_on < b.until_on \
                AND b.effective_on < a.until_on WHERE a.superseded_at IS NULL AND b.superseded_at IS NULL \
              UNION ALL SELECT @hex(a.id) FROM unit_parents a JOIN unit_parents b \
                ON a.unit_id = b.unit_id AND a.id < b.id AND a.effective_on < b.until_on \
                AND b.effective_on < a.until_on WHERE a.superseded_at IS NULL AND b.superseded_at IS NULL",
    },
    Invariant {
        name: "spouses_are_mutual",
        sql: "SELECT @hex(a.id) AS offender FROM spouses a WHERE a.superseded_at IS NULL AND NOT EXISTS \
              (SELECT 1 FROM spouses b WHERE b.superseded_at IS NULL AND b.officer_id = a.spouse_officer_id \
               AND b.spouse_officer_id = a.officer_id)",
    },
    Invariant {
        name: "no_kept_answer_is_empty",
        sql: "SELECT idempotency_key AS offender FROM idempotency_keys WHERE status IS NULL OR body IS NULL",
    },
];

#[derive(QueryableByName)]
struct Offender {
    #[diesel(sql_type = Text)]
    offender: String,
}

/// The rows for which an invariant does not hold, at most 20.
///
/// # Errors
/// When the database does not answer.
pub fn offenders(connection: &mut Conn, invariant: &Invariant) -> Result<Vec<String>, Error> {
    let sql = spelled(connection, invariant.sql);
    let rows: Vec<Offender> = diesel::sql_query(format!("SELECT * FROM ({sql}) AS found LIMIT 20")).load(connection)?;
    Ok(rows.into_iter().map(|row| row.offender).collect())
}

/// The two databases spell "bytes as hexadecimal" and "number of a day" differently: `@hex(x)` and `@day(x)` stand
/// for either.
fn spelled(connection: &Conn, sql: &str) -> String {
    let (hex, day) = match connection {
        Conn::Sqlite(_) => ("lower(hex(", "CAST(julianday("),
        Conn::Postgres(_) => ("lower(encode(", "((DATE '0001-01-01' - "),
    };
    let (hex_end, day_end) = match connection {
        Conn::Sqlite(_) => ("))", ") AS INTEGER)"),
        Conn::Postgres(_) => (", 'hex'))", ") * -1)"),
    };
    let mut spelled = String::with_capacity(sql.len() * 2);
    let mut rest = sql;
    while let Some(at) = rest.find('@') {
        let (before, from) = rest.split_at(at);
        spelled.push_str(before);
        let (begin, end, skip) =
            if from.starts_with("@hex(") { (hex, hex_end, "@hex(".len()) } else { (day, day_end, "@day(".len()) };
        let inner = from.get(skip..).unwrap_or_default();
        let (column, after) = inner.split_once(')').unwrap_or((inner, ""));
        spelled.push_str(begin);
        spelled.push_str(column);
        spelled.push_str(end);
        rest = after;
    }
    spelled.push_str(rest);
    spelled
}

/// Rows that point to nothing; SQLite can be asked, PostgreSQL never admits them.
///
/// # Errors
/// When the database does not answer.
pub fn broken_references(connection: &mut Conn) -> Result<i64, Error> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        found: i64,
    }
    match connection {
        Conn::Sqlite(one) => {
            let count: Count =
                diesel::sql_query("SELECT COUNT(*) AS found FROM pragma_foreign_key_check").get_result(one)?;
            Ok(count.found)
        }
        Conn::Postgres(one) => {
            let count: Count = diesel::sql_query(
                "SELECT COUNT(*) AS found FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace \
                 WHERE c.contype = 'f' AND n.nspname = current_schema() AND NOT c.convalidated",
            )
            .get_result(one)?;
            Ok(count.found)
        }
    }
}
