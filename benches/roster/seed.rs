//! A year of duty for a multitude, written with SQL: Monday to Friday and every second Saturday, a week of rotation in
//! each quarter; 2025 is published, the weeks after it are planned.

use crate::multitude::{self, Dialect, Multitude};

/// Weeks of 2025, from Monday 30 December 2024, and those up to the middle of February 2026.
const WEEKS: u32 = 60;
/// The week of each quarter in which everybody has a rotation, counted from 0.
const ROTATIONS: &str = "5, 18, 31, 44, 54";
/// The first week that is only planned: from Monday 5 January 2026.
const PLANNED: u32 = 53;

/// The week of January 2026 in which the multitude is on leave.
const ON_LEAVE: u32 = 53;

/// What is written.
pub struct Seed {
    many: Multitude,
}

impl Seed {
    pub const fn of(many: Multitude) -> Self {
        Self { many }
    }

    /// The statements, after those of the multitude.
    pub fn statements(&self, to: Dialect) -> Vec<String> {
        let id = |prefix: u32| match to {
            Dialect::Sqlite => format!("unhex(printf('{prefix:08x}70008000%016x', n * 1000 + w * 7 + d))"),
            Dialect::Postgres => {
                format!("decode('{prefix:08x}70008000' || lpad(to_hex(n * 1000 + w * 7 + d), 16, '0'), 'hex')")
            }
        };
        let people = numbers("s", "n", 1, self.many.officers);
        let weeks = numbers("t", "w", 0, WEEKS - 1);
        let days = numbers("u", "d", 0, 5);
        let with = format!("WITH RECURSIVE {people}, {weeks}, {days}");
        let state = |past: &str, coming: &str| format!("CASE WHEN w < {PLANNED} THEN '{past}' ELSE '{coming}' END");
        let (officer, unit) = (
            numbered(to, multitude::officer(0), "n"),
            numbered(to, multitude::unit(0), &format!("(n - 1) % {} + 1", self.many.units)),
        );
        let shifts = format!(
            "INSERT INTO duty_shifts (id, officer_id, unit_id, starts_at, ends_at, kind, state, counted_minutes, source, version, recorded_at) \
             {with} SELECT {}, {officer}, {unit}, {}, {}, 'duty', {}, 480, 'pattern', 1, {} \
             FROM s CROSS JOIN t CROSS JOIN u WHERE w NOT IN ({ROTATIONS}, {ON_LEAVE}) AND (d < 5 OR w % 2 = 0)",
            id(0x0191_0000),
            stamp(to, 1),
            stamp(to, 9),
            state("published", "planned"),
            recorded(to),
        );
        let rest = format!(
            "INSERT INTO rest_days (id, officer_id, on_date, kind, state, source, version, recorded_at) \
             {with} SELECT {}, {officer}, {}, 'rotation', {}, 'pattern', 1, {} \
             FROM s CROSS JOIN t CROSS JOIN u WHERE w IN ({ROTATIONS}) AND d < 5",
            id(0x0192_0000),
            on_date(to),
            state("taken", "planned"),
            recorded(to),
        );
        vec![shifts, rest]
    }
}

fn numbers(table: &str, name: &str, first: u32, last: u32) -> String {
    format!("{table}({name}) AS (SELECT {first} UNION ALL SELECT {name} + 1 FROM {table} WHERE {name} < {last})")
}

fn numbered(to: Dialect, id: uuid::Uuid, number: &str) -> String {
    let text = id.simple().to_string();
    let prefix = &text[..20];
    match to {
        Dialect::Sqlite => format!("unhex('{prefix}' || printf('%012x', {number}))"),
        Dialect::Postgres => format!("decode('{prefix}' || lpad(to_hex({number}), 12, '0'), 'hex')"),
    }
}

fn stamp(to: Dialect, hour: u32) -> String {
    match to {
        Dialect::Sqlite => {
            format!("strftime('%Y-%m-%d {hour:02}:00:00.000000', '2024-12-30', '+' || (w * 7 + d) || ' days')")
        }
        Dialect::Postgres => format!("timestamp '2024-12-30 {hour:02}:00:00' + make_interval(days => w * 7 + d)"),
    }
}

fn on_date(to: Dialect) -> String {
    match to {
        Dialect::Sqlite => "date('2024-12-30', '+' || (w * 7 + d) || ' days')".to_owned(),
        Dialect::Postgres => "date '2024-12-30' + (w * 7 + d)".to_owned(),
    }
}

fn recorded(to: Dialect) -> &'static str {
    match to {
        Dialect::Sqlite => "'2024-11-01 00:00:00.000000'",
        Dialect::Postgres => "timestamp '2024-11-01 00:00:00'",
    }
}
