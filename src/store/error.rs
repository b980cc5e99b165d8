//! What a database can refuse, said the same way for both.

use diesel::result::{ConnectionError, DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

/// A uniqueness that the database holds and an act may run into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unique {
    /// Two units of one code.
    UnitCode,
    /// Two officers of one badge number.
    BadgeNo,
    /// Two accounts of one name.
    Username,
    /// One half of one date held twice.
    LeaveSlot,
    /// Two decisions on one request.
    Decision,
    /// The same idempotency key at the same moment.
    IdempotencyKey,
    /// The year's own lot, made by another at the same moment.
    OwnLot,
    /// Two facts of one kind from one date on, recorded at the same moment.
    DatedFact,
    /// Two policy versions of one scope and date.
    PolicyVersion,
    /// Two calendars of one scope and year, published at the same moment.
    CalendarYear,
    /// Two open conflicts of one request, raised at the same moment.
    Conflict,
    /// Two violations of one officer, rule and window, found at the same moment.
    Violation,
    /// Two rest orders drafted for one duty at the same moment.
    RestOrder,
    /// Two couples of one officer, asked for at the same moment.
    Couple,
    /// One cause credited twice at the same moment.
    Credit,
    /// One rest day cancelled twice at the same moment.
    Cancellation,
    /// A date of one leave that was recalled twice.
    Recall,
    /// Two live shifts of one officer that overlap.
    DutyShift,
    /// Two live rest days of one officer on one date.
    RestDay,
    /// Two open swaps of one shift.
    ShiftSwap,
}

/// PostgreSQL names the constraint, SQLite the columns: both lead to the same word.
const UNIQUES: &[(Unique, &str, &str)] = &[
    (Unique::UnitCode, "units_code_key", "units.code"),
    (Unique::BadgeNo, "officers_badge_no_key", "officers.badge_no"),
    (Unique::Username, "accounts_username_key", "accounts.username"),
    (Unique::Username, "accounts_name_key", "accounts.name_key"),
    (Unique::LeaveSlot, "leave_slots_pkey", "leave_slots.officer_id, leave_slots.on_date, leave_slots.half"),
    (Unique::Decision, "leave_decisions_one", "leave_decisions.request_id"),
    (Unique::IdempotencyKey, "idempotency_keys_pkey", "idempotency_keys.account_id"),
    (Unique::OwnLot, "leave_lots_own", "leave_lots.officer_id, leave_lots.kind, leave_lots.origin_year"),
    (Unique::OwnLot, "leave_lots_id_key", "leave_lots.id"),
    (Unique::OwnLot, "leave_lots_pkey", "leave_lots.officer_id, leave_lots.kind, leave_lots.id"),
    (Unique::DatedFact, "unit_parents_one", "unit_parents.unit_id"),
    (Unique::DatedFact, "unit_heads_one", "unit_heads.unit_id"),
    (Unique::DatedFact, "officer_units_one", "officer_units.officer_id"),
    (Unique::DatedFact, "officer_categories_one", "officer_categories.officer_id"),
    (Unique::DatedFact, "separations_one", "separations.officer_id"),
    (Unique::DatedFact, "spouses_one", "spouses.officer_id"),
    (Unique::PolicyVersion, "policy_versions_one", "policy_versions.name"),
    (Unique::CalendarYear, "calendar_years_one", "calendar_years.scope"),
    (Unique::Conflict, "leave_conflicts_one", "leave_conflicts.request_id"),
    (Unique::Violation, "rest_violations_one", "rest_violations.officer_id"),
    (Unique::RestOrder, "rest_orders_one", "rest_orders.officer_id"),
    (Unique::Couple, "couples_one", "couples.officer_id"),
    (Unique::Couple, "couples_other", "couples.partner_officer_id"),
    (Unique::DatedFact, "leave_openings_one", "leave_openings.officer_id"),
    (Unique::Credit, "comp_lots_one", "comp_lots.origin, comp_lots.origin_id"),
    (Unique::Credit, "comp_lots_of", "comp_lots.origin, comp_lots.origin_id, comp_lots.earned_on"),
    (Unique::Cancellation, "rest_cancellations_rest_day_id_key", "rest_cancellations.rest_day_id"),
    (Unique::RestDay, "rest_days_one", "rest_days.officer_id, rest_days.on_date"),
    (Unique::ShiftSwap, "shift_swaps_one", "shift_swaps.shift_id"),
    (Unique::ShiftSwap, "shift_swaps_one_with", "shift_swaps.with_shift_id"),
];

/// What the triggers that hold the overlap of shifts say on either database.
const OVERLAP_OF_SHIFTS: &str = "duty_shifts overlap";

/// What the trigger says that holds the dates of recalls apart.
const OVERLAP_OF_RECALLS: &str = "leave_recalls overlap";

/// Why the database did not do as told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such row.
    #[error("no such row")]
    NotFound,
    /// A uniqueness was violated.
    #[error("not unique: {0:?}")]
    Unique(Unique),
    /// The transaction lost against another and may be run again.
    #[error("lost against another transaction: {0}")]
    Transient(String),
    /// The database is busy or away.
    #[error("not available: {0}")]
    Unavailable(String),
    /// Anything else: a fault of ours or of the machine.
    #[error("{0}")]
    Other(String),
}

impl From<ConnectionError> for Error {
    fn from(error: ConnectionError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(kind, information) => of_database(kind, information.as_ref()),
            DieselError::BrokenTransactionManager => Self::Unavailable(error.to_string()),
            other => Self::Other(other.to_string()),
        }
    }
}

fn of_database(kind: DatabaseErrorKind, information: &(dyn DatabaseErrorInformation + Send + Sync)) -> Error {
    let message = information.message();
    match kind {
        DatabaseErrorKind::UniqueViolation => {
            let constraint = information.constraint_name();
            UNIQUES
                .iter()
                .find(|(_, name, columns)| {
                    constraint.map_or_else(
                        || message.strip_prefix("UNIQUE constraint failed: ").is_some_and(|at| at.starts_with(columns)),
                        |constraint| constraint == *name,
                    )
                })
                .map_or_else(|| Error::Other(message.to_owned()), |(unique, ..)| Error::Unique(*unique))
        }
        DatabaseErrorKind::SerializationFailure => Error::Transient(message.to_owned()),
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            Error::Unavailable(message.to_owned())
        }
        _ if message.contains(OVERLAP_OF_SHIFTS) => Error::Unique(Unique::DutyShift),
        _ if message.contains(OVERLAP_OF_RECALLS) => Error::Unique(Unique::Recall),
        // The remaining kinds carry no code on either database, only the server's own words.
        _ if message.contains("deadlock detected") => Error::Transient(message.to_owned()),
        _ if UNAVAILABLE.iter().any(|words| message.contains(words)) => Error::Unavailable(message.to_owned()),
        _ => Error::Other(message.to_owned()),
    }
}

/// What either database says when it is busy, full or going away.
const UNAVAILABLE: &[&str] = &[
    "database is locked",
    "database table is locked",
    "database or disk is full",
    "disk I/O error",
    "No space left on device",
    "canceling statement due to",
    "terminating connection",
    "server closed the connection",
    "the database system is",
    "no connection to the server",
    "could not receive data",
    "SSL connection has been closed",
    "too many clients",
];
