//! How the words of the product lie in columns: ids as 16 bytes, vocabularies as text, days as integers of half days.
//!
//! They are read where the database has them, without a copy in between: a balance reads some fifty of them.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Binary, Integer, Text};
use diesel::sqlite::{Sqlite, SqliteValue};
use uuid::Uuid;

use super::conn::{Either, EitherValue};
use crate::rules::terms::{
    AccountId, Category, FirstDay, Half, HalfDays, LastDay, LeaveKind, LotId, LotSource, MovementKind, OfficerId,
    RequestId, RequestState, Role, RowId, SeparationCause, ServiceKind, Sex, UnitId, UnitKind,
};

/// The proxies exist for the derive macros alone: they teach diesel types that live in a room without diesel.
macro_rules! ids {
    ($($proxy:ident => $id:ty),+ $(,)?) => {$(
        #[derive(AsExpression, FromSqlRow)]
        #[diesel(foreign_derive)]
        #[diesel(sql_type = Binary)]
        #[expect(dead_code, reason = "only carries the derives for the type it names")]
        struct $proxy($id);

        impl<DB: Backend> ToSql<Binary, DB> for $id
        where
            [u8]: ToSql<Binary, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                <[u8] as ToSql<Binary, DB>>::to_sql(self.0.as_bytes(), out)
            }
        }

        impl FromSql<Binary, Sqlite> for $id {
            fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
                Ok(Self(Uuid::from_slice(value.read_blob())?))
            }
        }

        impl FromSql<Binary, Pg> for $id {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                Ok(Self(Uuid::from_slice(value.as_bytes())?))
            }
        }

        impl FromSql<Binary, Either> for $id {
            fn from_sql(value: EitherValue<'_>) -> deserialize::Result<Self> {
                value.from_sql::<Self, Binary>()
            }
        }
    )+};
}

ids! {
    UnitIdColumn => UnitId,
    OfficerIdColumn => OfficerId,
    AccountIdColumn => AccountId,
    RequestIdColumn => RequestId,
    LotIdColumn => LotId,
    RowIdColumn => RowId,
}

macro_rules! words {
    ($($proxy:ident => $word:ty),+ $(,)?) => {$(
        #[derive(AsExpression, FromSqlRow)]
        #[diesel(foreign_derive)]
        #[diesel(sql_type = Text)]
        #[expect(dead_code, reason = "only carries the derives for the type it names")]
        struct $proxy($word);

        impl<DB: Backend> ToSql<Text, DB> for $word
        where
            str: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                <str as ToSql<Text, DB>>::to_sql(self.as_str(), out)
            }
        }

        impl FromSql<Text, Sqlite> for $word {
            fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
                Ok(value.read_text().parse()?)
            }
        }

        impl FromSql<Text, Pg> for $word {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                Ok(std::str::from_utf8(value.as_bytes())?.parse()?)
            }
        }

        impl FromSql<Text, Either> for $word {
            fn from_sql(value: EitherValue<'_>) -> deserialize::Result<Self> {
                value.from_sql::<Self, Text>()
            }
        }
    )+};
}

words! {
    CategoryColumn => Category,
    SexColumn => Sex,
    UnitKindColumn => UnitKind,
    ServiceKindColumn => ServiceKind,
    SeparationCauseColumn => SeparationCause,
    RoleColumn => Role,
    LeaveKindColumn => LeaveKind,
    RequestStateColumn => RequestState,
    FirstDayColumn => FirstDay,
    LastDayColumn => LastDay,
    HalfColumn => Half,
    LotSourceColumn => LotSource,
    MovementKindColumn => MovementKind,
    OriginColumn => super::service_periods::Origin,
    AccountKindColumn => super::accounts::AccountKind,
    OutcomeColumn => super::leave_decisions::DecisionOutcome,
    YearStatusColumn => crate::rules::calendar::YearStatus,
    CauseColumn => super::leave_conflicts::ConflictCause,
    DecidedColumn => super::derogations::Decided,
    OrderOriginColumn => super::rest_orders::OrderOrigin,
    AskStateColumn => super::rest_day_asks::AskState,
    OrderStateColumn => super::rest_orders::OrderState,
    KeptStateColumn => super::rest_violations::KeptState,
    BasisColumn => super::rest_violations::Basis,
    RemediedByColumn => super::rest_violations::RemediedBy,
    ViolationActColumn => super::rest_violations::ViolationAct,
    FindingOutcomeColumn => crate::rules::finding::Outcome,
    RunStateColumn => super::job_runs::RunState,
    ConflictDecisionColumn => super::leave_conflicts::ConflictDecision,
    CreditOriginColumn => crate::rules::comp_credit::CreditOrigin,
    CompensationColumn => crate::rules::comp_credit::Compensation,
    CancelReasonColumn => crate::rules::comp_credit::CancelReason,
    DutyKindColumn => crate::rules::duty::DutyKind,
    RestDayKindColumn => crate::rules::duty::RestDayKind,
    ShiftStateColumn => super::duty_shifts::ShiftState,
    ShiftSourceColumn => super::duty_shifts::ShiftSource,
    RestDayStateColumn => super::rest_days::RestDayState,
    AbsenceKindColumn => super::absences::AbsenceKind,
    SaidByColumn => super::duty_actuals::SaidBy,
    SwapStateColumn => super::shift_swaps::SwapState,
}

#[derive(AsExpression, FromSqlRow)]
#[diesel(foreign_derive)]
#[diesel(sql_type = Integer)]
#[expect(dead_code, reason = "only carries the derives for the type it names")]
struct HalfDaysColumn(HalfDays);

impl<DB: Backend> ToSql<Integer, DB> for HalfDays
where
    i32: ToSql<Integer, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <i32 as ToSql<Integer, DB>>::to_sql(&self.0, out)
    }
}

impl<DB: Backend> FromSql<Integer, DB> for HalfDays
where
    i32: FromSql<Integer, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(i32::from_sql(bytes)?))
    }
}
