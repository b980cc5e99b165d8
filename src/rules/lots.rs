//! Lots of leave, and how days of leave draw on them.

mod matching;

use chrono::{Days, NaiveDate};
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::annual_leave::Entitlement;
use super::terms::{HalfDays, LotId, LotSource, RequestId, UnknownWord, vocabulary, year_start};

pub use matching::{assign, available, awaiting, grantable, rematch, unplaced};
pub(super) use matching::{bearable, grantable_beside, left_before, without_limit};

/// From a date on, so much in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// First date.
    pub from: NaiveDate,
    /// Running total valid from then on.
    pub days: HalfDays,
}

/// Leave of one origin with one validity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Its id.
    pub id: LotId,
    /// Where it comes from.
    pub source: LotSource,
    /// Leave year in which it was earned.
    pub origin_year: i32,
    /// First date on which it can be used.
    pub valid_from: NaiveDate,
    /// Last date on which it can be used.
    pub expires_on: NaiveDate,
    /// All that ever arrived in it: running totals by date for a year's own lot, one step for every other.
    /// What left it is not subtracted here.
    pub steps: Vec<Step>,
    /// All that left it other than by requests: carried out, settled, negative adjustments. Never negative.
    pub carried_out: HalfDays,
    /// From when on only a part of it can be used; `None` where nothing bars it.
    pub bar: Option<Bar>,
}

/// The right to a year's leave ended on a date (Order 514 art. 4): from then on only a part of its lot can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// The date.
    pub from: NaiveDate,
    /// What can still be used from then on.
    pub kept: HalfDays,
    /// What became of the rest.
    pub rest: Rest,
}

/// What became of the part of a lot that cannot be used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// It is held until hr decides.
    Held,
    /// hr has decided on it.
    Decided,
    /// It is lost.
    Lost,
}

impl Lot {
    /// A year's own lot, as the entitlement has it.
    #[must_use]
    pub fn own(id: LotId, entitlement: &Entitlement, carried_out: HalfDays) -> Self {
        let valid_from = entitlement.steps.first().map(|step| step.from);
        let lost = entitlement.lost_from.map(|from| Bar { from, kept: HalfDays::ZERO, rest: Rest::Lost });
        let held = entitlement.hold.map(|hold| Bar { from: hold.from, kept: hold.kept, rest: hold.rest });
        Self {
            id,
            source: LotSource::Own,
            origin_year: entitlement.year,
            valid_from: valid_from.or_else(|| year_start(entitlement.year)).unwrap_or(NaiveDate::MIN),
            expires_on: entitlement.last_day,
            steps: entitlement.steps.clone(),
            carried_out: carried_out + entitlement.hold.map_or(HalfDays::ZERO, |hold| hold.forfeited),
            bar: lost.or(held),
        }
    }

    /// All that ever arrived.
    #[must_use]
    pub fn arrived(&self) -> HalfDays {
        self.steps.last().map_or(HalfDays::ZERO, |step| step.days)
    }

    /// All that it holds for requests, whenever they fall: what arrived less what left; never below zero.
    #[must_use]
    pub fn net(&self) -> HalfDays {
        (self.arrived() - self.carried_out).max(HalfDays::ZERO)
    }

    /// What it holds on a date: steps that begin later are not there yet, and cover what left first.
    #[must_use]
    pub fn net_on(&self, on: NaiveDate) -> HalfDays {
        if self.is_lost_on(on) {
            return HalfDays::ZERO;
        }
        let there = self.steps.iter().rev().find(|step| step.from <= on).map_or(HalfDays::ZERO, |step| step.days);
        there.min(self.net())
    }

    /// What no request has drawn yet and can be used; never below zero.
    #[must_use]
    pub fn left(&self, draws: &[Draw]) -> HalfDays {
        let drawn = |since: NaiveDate| -> HalfDays {
            let mine = draws.iter().filter(|draw| draw.lot_id == self.id && draw.on >= since);
            mine.map(|draw| draw.quantity).sum()
        };
        let left = self.net() - drawn(NaiveDate::MIN);
        let usable = self.bar.map_or(left, |bar| left.min(bar.kept - drawn(bar.from)));
        usable.max(HalfDays::ZERO)
    }

    /// What no request has drawn and cannot be used, because it is held; never below zero.
    #[must_use]
    pub fn withheld(&self, draws: &[Draw]) -> HalfDays {
        let drawn: HalfDays = draws.iter().filter(|draw| draw.lot_id == self.id).map(|draw| draw.quantity).sum();
        (self.net() - drawn - self.left(draws)).max(HalfDays::ZERO)
    }

    /// Whether what it held is lost on a date.
    #[must_use]
    pub fn is_lost_on(&self, on: NaiveDate) -> bool {
        self.bar.is_some_and(|bar| bar.rest == Rest::Lost && bar.from <= on)
    }
}

/// What an opening file says was taken before this service kept the records: no request stands behind it.
pub const OPENING: RequestId = RequestId(uuid::Uuid::nil());

vocabulary! {
    /// Whether a draw is decided.
    DrawState {
        /// Reserved by a request that is submitted.
        Pending = "pending",
        /// Granted: approved, running or completed.
        Granted = "granted",
    }
}

/// Days that a live request holds in one lot for one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// The request, or [`OPENING`].
    pub request_id: RequestId,
    /// The lot.
    pub lot_id: LotId,
    /// The date of leave.
    pub on: NaiveDate,
    /// How much; positive.
    pub quantity: HalfDays,
    /// Whether it is decided.
    pub state: DrawState,
}

/// Leave on a date, whatever lot it draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// The date of leave.
    pub on: NaiveDate,
    /// How much; positive.
    pub quantity: HalfDays,
}

impl From<&Draw> for Demand {
    fn from(draw: &Draw) -> Self {
        Self { on: draw.on, quantity: draw.quantity }
    }
}

/// A new draw of the request that is being assigned.
pub type NewDraw = (NaiveDate, LotId, HalfDays);

/// An existing draw that moves to another lot so that all find one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The request that holds it.
    pub request_id: RequestId,
    /// The date of leave.
    pub on: NaiveDate,
    /// The lot that gets it back.
    pub from: LotId,
    /// The lot that gives it now.
    pub to: LotId,
    /// How much.
    pub quantity: HalfDays,
}

/// Which lots new days draw on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assignment {
    /// The draws of the new days, by date; a date may draw on two lots.
    pub draws: Vec<NewDraw>,
    /// What moves to make room; empty wherever the new days fit beside what is there.
    pub moved: Vec<Move>,
}

/// The new days do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{requested} days are asked for, {available} can be granted")]
pub struct Shortage {
    /// What was asked for.
    pub requested: HalfDays,
    /// The most that could be granted of these very days.
    pub available: HalfDays,
}

/// From when to when something can be used, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First date.
    pub valid_from: NaiveDate,
    /// Last date.
    pub expires_on: NaiveDate,
}

/// ## 退回过期假期 — a return to a lot that has ended
///
/// RULINGS 15 (no national text): days given back to a lot that has already ended stay usable for a number of days
/// from the recording of the return, in a new lot of the same origin year. `None` where nothing needs reopening: the
/// lot is still valid on the day of recording, or nothing comes back.
///
/// *Reading:* the day of recording is day 0, so with 90 days the last date of use is the date of recording + 90.
#[must_use]
pub fn reopen(lot: &Lot, returned: HalfDays, recorded_on: NaiveDate, reopened_days: u32) -> Option<Validity> {
    if returned <= HalfDays::ZERO || recorded_on <= lot.expires_on {
        return None;
    }
    let expires_on = recorded_on.checked_add_days(Days::new(reopened_days.into()))?;
    Some(Validity { valid_from: recorded_on, expires_on })
}

#[cfg(test)]
mod tests;
