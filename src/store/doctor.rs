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
                    AND r.kind NOT IN ('sick', 'personal', 'compensatory') THEN r.half_days ELSE 0 END",
    },
    Invariant {
        name: "years_match_requests",
        sql: "SELECT @hex(r.id) AS offender FROM leave_requests r \
              LEFT JOIN (SELECT request_id, SUM(half_days) AS total FROM leave_request_years GROUP BY request_id) y \
                ON y.request_id = r.id WHERE COALESCE(y.total, 0) <> r.half_days",
    },
    Invariant {
        name: "ledger_matches_years",
        sql: "SELECT @hex(y.request_id) AS offender FROM leave_request_years y \
              JOIN leave_requests r ON r.id = y.request_id \
              LEFT JOIN (SELECT request_id, @year(leave_on) AS leave_year, -SUM(quantity) AS held FROM leave_ledger \
                         WHERE kind IN ('reserved', 'released') GROUP BY request_id, @year(leave_on)) l \
                ON l.request_id = y.request_id AND l.leave_year = y.leave_year \
              WHERE r.state IN ('submitted', 'approved', 'completed') AND r.kind NOT IN ('sick', 'personal', 'compensatory') \
                AND COALESCE(l.held, 0) <> y.half_days",
    },
    Invariant {
        name: "live_requests_hold_slots",
        sql: "SELECT @hex(r.id) AS offender FROM leave_requests r \
              LEFT JOIN (SELECT request_id, COUNT(*) AS held FROM leave_slots GROUP BY request_id) s \
                ON s.request_id = r.id \
              LEFT JOIN (SELECT c.request_id, SUM(2 * (@day(c.to_on) - @day(c.from_on) + 1) \
                           - CASE WHEN c.from_on = q.from_on AND q.first_day = 'pm' THEN 1 ELSE 0 END \
                           - CASE WHEN c.to_on = q.to_on AND q.last_day = 'am' THEN 1 ELSE 0 END) AS recalled \
                         FROM leave_recalls c JOIN leave_requests q ON q.id = c.request_id \
                         WHERE q.recalled_on IS NULL OR c.from_on < q.recalled_on GROUP BY c.request_id) c \
                ON c.request_id = r.id \
              WHERE COALESCE(s.held, 0) <> CASE WHEN r.state NOT IN ('submitted', 'approved', 'completed') \
                    OR r.recalled_on <= r.from_on THEN 0 ELSE \
                    2 * (CASE WHEN r.recalled_on IS NULL THEN @day(r.to_on) + 1 ELSE @day(r.recalled_on) END - @day(r.from_on)) \
                    - CASE WHEN r.first_day = 'pm' THEN 1 ELSE 0 END \
                    - CASE WHEN r.last_day = 'am' AND r.recalled_on IS NULL THEN 1 ELSE 0 END - COALESCE(c.recalled, 0) END",
    },
    Invariant {
        name: "slots_lie_in_their_span",
        sql: "SELECT @hex(s.request_id) AS offender FROM leave_slots s \
              JOIN leave_requests r ON r.id = s.request_id \
              WHERE s.officer_id <> r.officer_id OR s.on_date < r.from_on OR s.on_date > r.to_on \
                 OR (s.on_date = r.from_on AND r.first_day = 'pm' AND s.half = 'am') \
                 OR (s.on_date = r.to_on AND r.last_day = 'am' AND s.half = 'pm') OR s.on_date >= r.recalled_on \
                 OR EXISTS (SELECT 1 FROM leave_recalls c WHERE c.request_id = r.id \
                            AND s.on_date BETWEEN c.from_on AND c.to_on)",
    },
    Invariant {
        name: "recalls_match_requests",
        sql: "SELECT @hex(r.id) AS offender FROM leave_requests r \
              LEFT JOIN (SELECT request_id, COUNT(*) AS times, MIN(from_on) AS first_on, MAX(to_on) AS last_on \
                         FROM leave_recalls GROUP BY request_id) c ON c.request_id = r.id \
              WHERE COALESCE(c.times, 0) <> r.recalls OR c.first_on < r.from_on OR c.last_on > r.to_on \
                 OR (r.recalled_on IS NOT NULL AND (r.recalls = 0 OR r.recalled_on > c.last_on)) \
              UNION ALL SELECT @hex(a.id) FROM leave_recalls a JOIN leave_recalls b \
                ON a.request_id = b.request_id AND a.id < b.id AND a.from_on <= b.to_on AND b.from_on <= a.to_on \
              UNION ALL SELECT @hex(c.id) FROM leave_recalls c JOIN leave_requests r ON r.id = c.request_id \
                WHERE c.officer_id <> r.officer_id",
    },
    Invariant {
        // What a recall gives beside the days that come back is leave where the kind has lots, else compensatory rest.
        name: "recalls_are_credited_once",
        sql: "SELECT @hex(c.request_id) AS offender FROM (SELECT request_id, SUM(credited) AS credited \
                FROM leave_recalls GROUP BY request_id) c JOIN leave_requests r ON r.id = c.request_id \
              LEFT JOIN (SELECT m.request_id, SUM(m.quantity) AS credited FROM leave_ledger m \
                         JOIN leave_lots t ON t.id = m.lot_id \
                         WHERE m.kind = 'credited' AND t.source = 'recall' GROUP BY m.request_id) l \
                ON l.request_id = c.request_id \
              WHERE COALESCE(l.credited, 0) <> \
                    CASE WHEN r.kind IN ('sick', 'personal', 'compensatory') THEN 0 ELSE c.credited END \
              UNION ALL SELECT @hex(c.id) FROM leave_recalls c JOIN leave_requests r ON r.id = c.request_id \
                WHERE (c.credited > 0 AND r.kind IN ('personal', 'compensatory')) <> EXISTS (SELECT 1 FROM comp_lots t \
                  WHERE t.origin = 'recall' AND t.origin_id = c.id AND t.officer_id = c.officer_id AND t.minutes > 0)",
    },
    Invariant {
        name: "days_held_have_slots",
        sql: "SELECT @hex(l.request_id) AS offender FROM (SELECT request_id, leave_on, -SUM(quantity) AS held \
                FROM leave_ledger WHERE kind IN ('reserved', 'released') GROUP BY request_id, leave_on) l \
              LEFT JOIN (SELECT request_id, on_date, COUNT(*) AS slots FROM leave_slots \
                         GROUP BY request_id, on_date) s ON s.request_id = l.request_id AND s.on_date = l.leave_on \
              WHERE l.held < 0 OR l.held > COALESCE(s.slots, 0)",
    },
    Invariant {
        name: "decided_requests_have_decisions",
        sql: "SELECT @hex(r.id) AS offender FROM leave_requests r LEFT JOIN leave_decisions d ON d.request_id = r.id \
              WHERE COALESCE(d.outcome, 'none') <> CASE WHEN r.state IN ('approved', 'completed', 'cancelled') \
                    THEN 'approved' WHEN r.state = 'rejected' THEN 'rejected' ELSE 'none' END",
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
        sql: "SELECT @hex(officer_id) AS offender FROM leave_ledger WHERE kind IN ('carried_out', 'carried_in') \
              GROUP BY officer_id HAVING SUM(quantity) <> 0",
    },
    Invariant {
        name: "openings_match_the_ledger",
        sql: "SELECT @hex(o.id) AS offender FROM leave_openings o \
              LEFT JOIN (SELECT officer_id, @year(leave_on) AS leave_year, -SUM(quantity) AS taken FROM leave_ledger \
                         WHERE kind = 'opening' AND leave_on IS NOT NULL GROUP BY officer_id, @year(leave_on)) t \
                ON t.officer_id = o.officer_id AND t.leave_year = o.leave_year \
              LEFT JOIN (SELECT m.officer_id, l.origin_year, SUM(m.quantity) AS carried_in FROM leave_ledger m \
                         JOIN leave_lots l ON l.id = m.lot_id \
                         WHERE m.kind = 'opening' AND m.leave_on IS NULL GROUP BY m.officer_id, l.origin_year) c \
                ON c.officer_id = o.officer_id AND c.origin_year = o.leave_year - 1 \
              WHERE COALESCE(t.taken, 0) <> o.taken OR COALESCE(c.carried_in, 0) <> o.carried_in",
    },
    Invariant {
        // Compensatory leave holds minutes exactly while it lives, each on a date on which it holds a half.
        name: "credit_matches_requests",
        sql: "SELECT @hex(r.id) AS offender FROM leave_requests r \
              LEFT JOIN (SELECT request_id, -SUM(minutes) AS held FROM comp_movements \
                         WHERE request_id IS NOT NULL GROUP BY request_id) l ON l.request_id = r.id \
              WHERE (COALESCE(l.held, 0) <> 0) <> (r.kind = 'compensatory' AND r.half_days > 0 AND \
                     r.state IN ('submitted', 'approved', 'completed')) OR l.held < 0 \
              UNION ALL SELECT @hex(l.request_id) FROM (SELECT request_id, leave_on, -SUM(minutes) AS held \
                FROM comp_movements WHERE request_id IS NOT NULL GROUP BY request_id, leave_on) l \
              WHERE l.held <> 0 AND NOT EXISTS (SELECT 1 FROM leave_slots s \
                WHERE s.request_id = l.request_id AND s.on_date = l.leave_on)",
    },
    Invariant {
        name: "credit_is_conserved",
        sql: "SELECT @hex(t.id) AS offender FROM comp_lots t \
              LEFT JOIN (SELECT lot_id, SUM(minutes) AS rest, \
                         SUM(CASE WHEN kind IN ('opening', 'credited') THEN minutes ELSE 0 END) AS earned \
                         FROM comp_movements GROUP BY lot_id) m ON m.lot_id = t.id \
              WHERE COALESCE(m.rest, -1) < 0 OR m.earned <> t.minutes",
    },
    Invariant {
        name: "credit_lies_with_its_officer",
        sql: "SELECT @hex(m.id) AS offender FROM comp_movements m JOIN comp_lots t ON t.id = m.lot_id \
              LEFT JOIN leave_requests r ON r.id = m.request_id LEFT JOIN rest_days d ON d.id = m.rest_day_id \
              WHERE m.officer_id <> t.officer_id OR (r.id IS NOT NULL AND r.officer_id <> m.officer_id) \
                 OR (d.id IS NOT NULL AND d.officer_id <> m.officer_id) \
                 OR (m.kind = 'reserved' AND m.request_id IS NOT NULL AND m.leave_on < t.earned_on)",
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
                AND b.effective_on < a.until_on WHERE a.superseded_at IS NULL AND b.superseded_at IS NULL \
              UNION ALL SELECT @hex(a.id) FROM unit_heads a JOIN unit_heads b \
                ON a.unit_id = b.unit_id AND a.id < b.id AND a.effective_on < b.until_on \
                AND b.effective_on < a.until_on WHERE a.superseded_at IS NULL AND b.superseded_at IS NULL",
    },
    Invariant {
        // Units, categories and places hold from ever to ever: each row ends where another begins.
        name: "dated_facts_leave_no_gap",
        sql: "SELECT @hex(a.id) AS offender FROM officer_units a WHERE a.superseded_at IS NULL AND \
                ((a.effective_on > '0001-01-01' AND NOT EXISTS (SELECT 1 FROM officer_units b WHERE \
                  b.superseded_at IS NULL AND b.officer_id = a.officer_id AND b.until_on = a.effective_on)) OR \
                 (a.until_on < '9999-12-31' AND NOT EXISTS (SELECT 1 FROM officer_units b WHERE \
                  b.superseded_at IS NULL AND b.officer_id = a.officer_id AND b.effective_on = a.until_on))) \
              UNION ALL SELECT @hex(a.id) FROM officer_categories a WHERE a.superseded_at IS NULL AND \
                ((a.effective_on > '0001-01-01' AND NOT EXISTS (SELECT 1 FROM officer_categories b WHERE \
                  b.superseded_at IS NULL AND b.officer_id = a.officer_id AND b.until_on = a.effective_on)) OR \
                 (a.until_on < '9999-12-31' AND NOT EXISTS (SELECT 1 FROM officer_categories b WHERE \
                  b.superseded_at IS NULL AND b.officer_id = a.officer_id AND b.effective_on = a.until_on))) \
              UNION ALL SELECT @hex(a.id) FROM unit_parents a WHERE a.superseded_at IS NULL AND \
                ((a.effective_on > '0001-01-01' AND NOT EXISTS (SELECT 1 FROM unit_parents b WHERE \
                  b.superseded_at IS NULL AND b.unit_id = a.unit_id AND b.until_on = a.effective_on)) OR \
                 (a.until_on < '9999-12-31' AND NOT EXISTS (SELECT 1 FROM unit_parents b WHERE \
                  b.superseded_at IS NULL AND b.unit_id = a.unit_id AND b.effective_on = a.until_on)))",
    },
    Invariant {
        name: "every_unit_has_a_place",
        sql: "SELECT @hex(u.id) AS offender FROM units u WHERE NOT EXISTS \
              (SELECT 1 FROM unit_parents p WHERE p.unit_id = u.id AND p.superseded_at IS NULL)",
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

/// What the two databases spell differently: the word that stands for either, what SQLite puts around a column, and
/// what PostgreSQL does.
const SPELLINGS: &[(&str, [&str; 2], [&str; 2])] = &[
    // Bytes as hexadecimal.
    ("@hex(", ["lower(hex(", "))"], ["lower(encode(", ", 'hex'))"]),
    // The number of a day, counted from whenever.
    ("@day(", ["CAST(julianday(", ") AS INTEGER)"], ["(", " - DATE '0001-01-01')"]),
    // The year of a date.
    ("@year(", ["CAST(strftime('%Y', ", ") AS INTEGER)"], ["CAST(EXTRACT(YEAR FROM ", ") AS INTEGER)"]),
];

/// A query in the spelling of one database.
fn spelled(connection: &Conn, sql: &str) -> String {
    let mut spelled = sql.to_owned();
    for (word, sqlite, postgres) in SPELLINGS {
        let [begin, end] = match connection {
            Conn::Sqlite(_) => sqlite,
            Conn::Postgres(_) => postgres,
        };
        while let Some((before, (column, after))) =
            spelled.split_once(word).and_then(|(before, rest)| Some((before, rest.split_once(')')?)))
        {
            spelled = format!("{before}{begin}{column}{end}{after}");
        }
    }
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
