//! Duty and rest as the rules see them: intervals of instants, dates of rest, and the time zone that turns one into the
//! other.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::terms::{Instant, RowId, UnknownWord, vocabulary};

vocabulary! {
    /// Kind of a duty shift.
    DutyKind {
        /// 勤务: ordinary duty.
        Duty = "duty",
        /// 值班: overnight duty.
        Overnight = "overnight",
        /// 备勤: standby at the post.
        Standby = "standby",
        /// 加班: overtime.
        Overtime = "overtime",
        /// 训练: training.
        Training = "training",
        /// 出庭: court.
        Court = "court",
        /// 出差: travel.
        Travel = "travel",
        /// An appointment that the roster must leave alone; it is no duty, and its reason is the person's own.
        Protected = "protected",
    }
}

impl DutyKind {
    /// Whether it is duty at all: everything but protected time.
    #[must_use]
    pub const fn is_duty(self) -> bool {
        !matches!(self, Self::Protected)
    }
}

vocabulary! {
    /// Kind of a rest day.
    RestDayKind {
        /// 周休: the weekly rest day.
        Weekly = "weekly",
        /// 轮休: a day of a rotation.
        Rotation = "rotation",
        /// 补休: given for rest or hours that were taken away.
        Comp = "comp",
        /// 强制休息: under a rest order.
        Ordered = "ordered",
    }
}

/// One shift: half-open, `starts_at` before `ends_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// Which one; what a finding names as its proof.
    pub id: RowId,
    /// Kind.
    pub kind: DutyKind,
    /// First instant.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Minutes that count as hours of work (RULINGS 31): at most those between the two instants.
    pub counted_minutes: i64,
}

/// One rest day that is planned, published or taken; cancelled ones are not facts of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestDay {
    /// Which one.
    pub id: RowId,
    /// Kind.
    pub kind: RestDayKind,
    /// The local date.
    pub on: NaiveDate,
}
