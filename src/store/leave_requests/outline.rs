//! The outline of a request: when it is, and whether it holds anything.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::LeaveRequest;
use crate::rules::leave_request;
use crate::rules::terms::{
    FirstDay, InvalidSpan, LastDay, LeaveKind, OfficerId, RequestId, RequestState, ShownState, Span,
};
use crate::store::conn::Conn;
use crate::store::dates::{Day, MaybeDay};
use crate::store::error::Error;
use crate::store::portable::on_both;
use crate::store::schema::leave_requests;

/// What of a request says when it is and whether it holds anything: what a balance needs of it, half of its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = leave_requests)]
pub struct Outline {
    /// Id.
    pub id: RequestId,
    /// Kind.
    pub kind: LeaveKind,
    /// First date.
    #[diesel(deserialize_as = Day)]
    pub from_on: NaiveDate,
    /// Last date.
    #[diesel(deserialize_as = Day)]
    pub to_on: NaiveDate,
    /// What of the first date.
    pub first_day: FirstDay,
    /// What of the last date.
    pub last_day: LastDay,
    /// Recorded state.
    pub state: RequestState,
    /// The last date on which it can be decided; `None` for kinds that never expire.
    #[diesel(deserialize_as = MaybeDay)]
    pub expires_on: Option<NaiveDate>,
    /// Whether pay was kept, for personal leave; `None` until hr says so.
    pub pay_kept: Option<bool>,
    /// How often it was recalled.
    pub recalls: i32,
    /// From when on nothing of it stands, because it does not go on after a recall.
    #[diesel(deserialize_as = MaybeDay)]
    pub recalled_on: Option<NaiveDate>,
}

impl LeaveRequest {
    /// Its outline.
    #[must_use]
    pub const fn outline(&self) -> Outline {
        Outline {
            id: self.id,
            kind: self.kind,
            from_on: self.from_on,
            to_on: self.to_on,
            first_day: self.first_day,
            last_day: self.last_day,
            state: self.state,
            expires_on: self.expires_on,
            pay_kept: self.pay_kept,
            recalls: self.recalls,
            recalled_on: self.recalled_on,
        }
    }

    /// As [`Outline::span`].
    ///
    /// # Errors
    /// As [`Outline::span`].
    pub fn span(&self) -> Result<Span, InvalidSpan> {
        self.outline().span()
    }

    /// As [`Outline::shown_state`].
    #[must_use]
    pub fn shown_state(&self, today: NaiveDate) -> ShownState {
        self.outline().shown_state(today)
    }

    /// As [`Outline::is_live`].
    #[must_use]
    pub fn is_live(&self, today: NaiveDate) -> bool {
        self.outline().is_live(today)
    }
}

impl Outline {
    /// The span that was asked for.
    ///
    /// # Errors
    /// Never for a row that the database's own checks admitted.
    pub fn span(&self) -> Result<Span, InvalidSpan> {
        Span::new(self.from_on, self.to_on, self.first_day, self.last_day)
    }

    /// The state as it shows on a date: a request expires by the calendar, a leave begins by the date.
    #[must_use]
    pub fn shown_state(&self, today: NaiveDate) -> ShownState {
        leave_request::shown_state(self.state, self.from_on, self.expires_on, self.recalled_on, today)
    }

    /// Whether it holds its days and slots on a date. What of it was not recalled stays leave; where nothing is left of it,
    /// it holds nothing.
    #[must_use]
    pub fn is_live(&self, today: NaiveDate) -> bool {
        let holds = matches!(
            self.shown_state(today),
            ShownState::Submitted
                | ShownState::Approved
                | ShownState::Running
                | ShownState::Completed
                | ShownState::Recalled
        );
        holds && self.recalled_on.is_none_or(|ended| self.from_on < ended)
    }
}

/// Outlines of the requests of an officer that are recorded as submitted or approved (or completed), in the order of their
/// dates.
///
/// # Errors
/// When the database does not answer.
pub fn holding(connection: &mut Conn, officer: OfficerId) -> Result<Vec<Outline>, Error> {
    // Which of them hold anything, and their order, is seen here: they are one person's, the statement stays the same, and
    // the database sorts whole rows.
    let mut theirs: Vec<Outline> = on_both!(connection, |one| {
        leave_requests::table.filter(leave_requests::officer_id.eq(officer)).select(Outline::as_select()).load(one)
    })?;
    theirs.retain(|request| {
        matches!(request.state, RequestState::Submitted | RequestState::Approved | RequestState::Completed)
    });
    theirs.sort_unstable_by_key(|request| (request.from_on, request.id));
    Ok(theirs)
}
