//! A force of many others, written in one go with SQL: units, officers, accounts, requests, ledger, audit, outbox. Ids
//! are made from numbers, so that a client knows them without asking. The load command uses it too.

use uuid::Uuid;

/// Whose SQL is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// How many there are.
#[derive(Clone, Copy, Debug)]
pub struct Multitude {
    pub officers: u32,
    pub units: u32,
}

/// What the ids of a kind of thing begin with.
#[derive(Clone, Copy)]
enum Kind {
    Unit,
    Officer,
    Account,
    Session,
    Request,
    Lot,
    Waiting,
    Other,
}

impl Kind {
    /// Tells the ids of one kind from those of another.
    const fn number(self) -> u128 {
        match self {
            Self::Unit => 1,
            Self::Officer => 2,
            Self::Account => 3,
            Self::Session => 4,
            Self::Request => 5,
            Self::Lot => 6,
            Self::Waiting => 7,
            Self::Other => 8,
        }
    }
}

/// The n-th id of a kind: UUIDv7 in form, time, version and variant stand where they should.
fn numbered(kind: Kind, n: u32) -> Uuid {
    Uuid::from_u128((0x0190_0000 + kind.number()) << 96 | 0x7000_8000 << 48 | u128::from(n))
}

/// The id of the n-th officer, from 1.
pub fn officer(n: u32) -> Uuid {
    numbered(Kind::Officer, n)
}

/// The id of the account of the n-th officer, who signs in as `o` and the number.
pub fn account(n: u32) -> Uuid {
    numbered(Kind::Account, n)
}

/// The id of a sign-in of the n-th officer.
pub fn session(n: u32) -> Uuid {
    numbered(Kind::Session, n)
}

/// The id of the lot of the n-th officer.
pub fn lot(n: u32) -> Uuid {
    numbered(Kind::Lot, n)
}

/// The id of the n-th unit.
pub fn unit(n: u32) -> Uuid {
    numbered(Kind::Unit, n)
}

/// A column and the expression that fills it, of the number `n`.
type Column = (&'static str, String);

impl Dialect {
    fn id(self, kind: Kind, number: &str) -> String {
        let id = numbered(kind, 0).simple().to_string();
        let prefix = &id[..20];
        match self {
            Self::Sqlite => format!("unhex('{prefix}' || printf('%012x', {number}))"),
            Self::Postgres => format!("decode('{prefix}' || lpad(to_hex({number}), 12, '0'), 'hex')"),
        }
    }

    fn bytes(self, hexadecimal: &str) -> String {
        match self {
            Self::Sqlite => format!("unhex('{hexadecimal}')"),
            Self::Postgres => format!("decode('{hexadecimal}', 'hex')"),
        }
    }

    fn typed(self, text: &str, of: &str) -> String {
        match self {
            Self::Sqlite => format!("'{text}'"),
            Self::Postgres => format!("'{text}'::{of}"),
        }
    }

    fn date(self, text: &str) -> String {
        self.typed(text, "date")
    }

    fn stamp(self, text: &str) -> String {
        self.typed(&format!("{text} 00:00:00.000000"), "timestamp")
    }

    fn padded(self) -> &'static str {
        match self {
            Self::Sqlite => "printf('%08d', n)",
            Self::Postgres => "lpad(n::text, 8, '0')",
        }
    }

    fn insert(self, table: &str, count: u32, columns: &[Column]) -> String {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<&str> = columns.iter().map(|(_, value)| value.as_str()).collect();
        format!(
            "INSERT INTO {table} ({}) WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) \
             SELECT {} FROM s",
            names.join(", "),
            values.join(", ")
        )
    }
}

fn text(text: &str) -> String {
    format!("'{text}'")
}

impl Multitude {
    /// The statements that write it, in their order, with a unit above all others. Every officer has service since
    /// 2010, an account that is signed in, and three days of leave in January; every hundredth waits for a decision on a
    /// day in December. Every unit has a leader: its first officer. The
    /// first two lead the whole force.
    pub fn statements(&self, dialect: Dialect, above: Option<Uuid>) -> Vec<String> {
        let mut all = self.people(dialect, above);
        all.extend(self.accounts(dialect));
        all.extend(self.leave(dialect));
        all.extend(self.traces(dialect));
        all
    }

    fn people(&self, to: Dialect, above: Option<Uuid>) -> Vec<String> {
        let id = |kind| to.id(kind, "n");
        let made = to.stamp("2025-12-01");
        let above = above.map_or_else(|| "NULL".to_owned(), |unit| to.bytes(&unit.simple().to_string()));
        let fact = |number: u32| to.id(Kind::Other, &format!("n + {number}00000000"));
        let since_ever = || {
            [
                ("effective_on", to.date("0001-01-01")),
                ("until_on", to.date("9999-12-31")),
                ("recorded_at", to.stamp("2025-12-01")),
            ]
        };
        let dated = |columns: Vec<Column>| [columns, since_ever().to_vec()].concat();
        let one = || "1".to_owned();
        let false_ = if to == Dialect::Postgres { "FALSE" } else { "0" };
        vec![
            to.insert(
                "units",
                self.units,
                &[
                    ("id", id(Kind::Unit)),
                    ("code", format!("'m' || {}", to.padded())),
                    ("name", "'派出所' || n".into()),
                    ("kind", text("station")),
                    ("version", one()),
                    ("created_at", made.clone()),
                ],
            ),
            to.insert(
                "unit_parents",
                self.units,
                &dated(vec![("id", fact(1)), ("unit_id", id(Kind::Unit)), ("parent_id", above)]),
            ),
            to.insert(
                "officers",
                self.officers,
                &[
                    ("id", id(Kind::Officer)),
                    ("badge_no", format!("'m' || {}", to.padded())),
                    ("name", "'警员' || n".into()),
                    ("sex", text("male")),
                    ("shift_worker", false_.to_owned()),
                    ("version", one()),
                    ("created_at", made.clone()),
                ],
            ),
            to.insert(
                "officer_units",
                self.officers,
                &dated(vec![("id", fact(2)), ("officer_id", id(Kind::Officer)), ("unit_id", self.unit_of(to))]),
            ),
            to.insert(
                "officer_categories",
                self.officers,
                &dated(vec![("id", fact(3)), ("officer_id", id(Kind::Officer)), ("category", text("police"))]),
            ),
            to.insert(
                "service_periods",
                self.officers,
                &[
                    ("id", fact(4)),
                    ("officer_id", id(Kind::Officer)),
                    ("from_on", to.date("2010-07-01")),
                    ("kind", text("employment")),
                    ("origin", text("imported")),
                    ("recorded_at", made),
                ],
            ),
        ]
    }

    fn unit_of(&self, to: Dialect) -> String {
        to.id(Kind::Unit, &format!("(n - 1) % {} + 1", self.units))
    }

    fn accounts(&self, to: Dialect) -> Vec<String> {
        let (account, made) = (to.id(Kind::Account, "n"), to.stamp("2025-12-01"));
        let false_ = if to == Dialect::Postgres { "FALSE" } else { "0" };
        vec![
            to.insert(
                "accounts",
                self.officers,
                &[
                    ("id", account.clone()),
                    ("username", "'o' || n".into()),
                    ("name_key", "'o' || n".into()),
                    ("kind", text("person")),
                    ("password_hash", text("none")),
                    ("must_change_password", false_.to_owned()),
                    ("officer_id", to.id(Kind::Officer, "n")),
                    ("version", "1".into()),
                    ("created_at", made.clone()),
                ],
            ),
            to.insert(
                "sessions",
                self.officers,
                &[
                    ("id", to.id(Kind::Session, "n")),
                    ("account_id", account.clone()),
                    ("created_at", made.clone()),
                    ("expires_at", to.stamp("2099-01-01")),
                ],
            ),
            to.insert(
                "grants",
                self.units,
                &[
                    ("id", to.id(Kind::Other, "n + 500000000")),
                    ("account_id", account),
                    ("role", text("leader")),
                    ("unit_id", to.id(Kind::Unit, "n")),
                    ("recorded_at", made),
                ],
            ),
            to.insert(
                "grants",
                2,
                &[
                    ("id", to.id(Kind::Other, "n + 1300000000")),
                    ("account_id", to.id(Kind::Account, "n")),
                    ("role", text("bureau_leader")),
                    ("recorded_at", to.stamp("2025-12-01")),
                ],
            ),
        ]
    }

    fn leave(&self, to: Dialect) -> Vec<String> {
        let id = |kind| to.id(kind, "n");
        let made = to.stamp("2025-12-01");
        let request = |id: String, number: &str, from: &str, until: &str, state: &str, half_days: u32| {
            vec![
                ("id", id),
                ("officer_id", to.id(Kind::Officer, number)),
                ("kind", text("annual")),
                ("from_on", to.date(from)),
                ("to_on", to.date(until)),
                ("first_day", text("full")),
                ("last_day", text("full")),
                ("state", text(state)),
                ("half_days", half_days.to_string()),
                ("entered_by", to.id(Kind::Account, number)),
                ("submitted_at", to.stamp("2025-12-01")),
                ("policy_fingerprint", text("none")),
                ("findings", text("[]")),
                ("version", "1".into()),
            ]
        };
        let waiting_ones = self.officers / 100;
        let mut waiting = request(id(Kind::Waiting), "n * 100", "2026-12-14", "2026-12-14", "submitted", 2);
        waiting.push(("expires_on", to.date("2026-12-14")));
        let mut all = vec![
            to.insert(
                "leave_requests",
                self.officers,
                &request(id(Kind::Request), "n", "2026-01-05", "2026-01-07", "completed", 6),
            ),
            to.insert(
                "leave_request_years",
                self.officers,
                &[("request_id", id(Kind::Request)), ("leave_year", "2026".into()), ("half_days", "6".into())],
            ),
            to.insert(
                "leave_decisions",
                self.officers,
                &[
                    ("id", to.id(Kind::Other, "n + 600000000")),
                    ("request_id", id(Kind::Request)),
                    ("step", "1".into()),
                    ("outcome", text("approved")),
                    ("account_id", id(Kind::Account)),
                    ("findings", text("[]")),
                    ("alternatives", text("[]")),
                    ("policy_fingerprint", text("none")),
                    ("decided_at", made.clone()),
                ],
            ),
            to.insert(
                "leave_lots",
                self.officers,
                &[
                    ("id", id(Kind::Lot)),
                    ("officer_id", id(Kind::Officer)),
                    ("kind", text("annual")),
                    ("source", text("own")),
                    ("origin_year", "2026".into()),
                    ("valid_from", to.date("2026-01-01")),
                    ("expires_on", to.date("2026-12-31")),
                    ("recorded_at", made.clone()),
                ],
            ),
            to.insert("leave_requests", waiting_ones, &waiting),
            to.insert(
                "leave_request_years",
                waiting_ones,
                &[("request_id", id(Kind::Waiting)), ("leave_year", "2026".into()), ("half_days", "2".into())],
            ),
            to.insert(
                "leave_ledger",
                waiting_ones,
                &[
                    ("id", to.id(Kind::Other, "n + 1200000000")),
                    ("officer_id", to.id(Kind::Officer, "n * 100")),
                    ("lot_id", to.id(Kind::Lot, "n * 100")),
                    ("kind", text("reserved")),
                    ("quantity", "-2".into()),
                    ("unit", text("half_day")),
                    ("leave_on", to.date("2026-12-14")),
                    ("request_id", id(Kind::Waiting)),
                    ("cause", text("submitted")),
                    ("recorded_at", made.clone()),
                ],
            ),
        ];
        for half in ["am", "pm"] {
            all.push(to.insert(
                "leave_slots",
                waiting_ones,
                &[
                    ("officer_id", to.id(Kind::Officer, "n * 100")),
                    ("on_date", to.date("2026-12-14")),
                    ("half", text(half)),
                    ("request_id", id(Kind::Waiting)),
                ],
            ));
        }
        for (number, day) in ["2026-01-05", "2026-01-06", "2026-01-07"].into_iter().enumerate() {
            all.push(to.insert(
                "leave_ledger",
                self.officers,
                &[
                    ("id", to.id(Kind::Other, &format!("n + {}00000000", 7 + number))),
                    ("officer_id", id(Kind::Officer)),
                    ("lot_id", id(Kind::Lot)),
                    ("kind", text("reserved")),
                    ("quantity", "-2".into()),
                    ("unit", text("half_day")),
                    ("leave_on", to.date(day)),
                    ("request_id", id(Kind::Request)),
                    ("cause", text("entered")),
                    ("account_id", id(Kind::Account)),
                    ("recorded_at", made.clone()),
                ],
            ));
            for half in ["am", "pm"] {
                all.push(to.insert(
                    "leave_slots",
                    self.officers,
                    &[
                        ("officer_id", id(Kind::Officer)),
                        ("on_date", to.date(day)),
                        ("half", text(half)),
                        ("request_id", id(Kind::Request)),
                    ],
                ));
            }
        }
        all
    }

    fn traces(&self, to: Dialect) -> Vec<String> {
        let made = to.stamp("2025-12-01");
        let about = |number: u32| {
            vec![
                ("id", to.id(Kind::Other, &format!("n + {number}00000000"))),
                ("subject_id", to.id(Kind::Request, "n")),
                ("officer_id", to.id(Kind::Officer, "n")),
                ("recorded_at", made.clone()),
            ]
        };
        let mut audit = about(10);
        audit.extend([
            ("account_id", to.id(Kind::Account, "n")),
            ("act", text("leave.submitted")),
            ("subject_kind", text("leave_request")),
            ("request_ref", text("multitude")),
        ]);
        let mut outbox = about(11);
        outbox.extend([("topic", text("leave.submitted")), ("delivered_at", made.clone())]);
        vec![
            to.insert("audit_log", self.officers, &audit),
            to.insert("outbox", self.officers, &outbox),
            to.insert(
                "idempotency_keys",
                self.officers,
                &[
                    ("account_id", to.id(Kind::Account, "n")),
                    ("method", text("POST")),
                    ("path", text("/leave-requests")),
                    ("idempotency_key", text("multitude")),
                    ("body_hash", to.bytes(&"00".repeat(32))),
                    ("status", "201".into()),
                    ("body", text("")),
                    ("created_at", made),
                ],
            ),
        ]
    }
}
